"""Where an App's objects come from, and what is set on the render from outside: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DirectoryOptions:
    """Which files of a plain folder count; patterns are shell globs relative to the path."""

    recurse: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    lenient: bool = False
    """Whether a file that can't be read is passed over where it does not look like a manifest."""
    skip_mark: str = ""
    """A text by which a file says that it is no manifest."""


@dataclass(frozen=True)
class Patch:
    """A strategic or JSON patch as text, and which objects it is for ({}: as the patch says)."""

    patch: str
    target: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KustomizeOptions:
    """What the App sets on a Kustomize build from outside; images as `kustomize edit set image`.

    `components` are folders relative to the source's path; `replicas` counts by workload.
    Labels go into selectors, and into templates, only when that is said.
    """

    name_prefix: str = ""
    name_suffix: str = ""
    namespace: str = ""
    images: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    patches: tuple[Patch, ...] = ()
    components: tuple[str, ...] = ()
    replicas: tuple[tuple[str, int], ...] = ()
    label_selectors: bool = False
    label_templates: bool = False


@dataclass(frozen=True)
class HelmOptions:
    """How a chart is rendered, as `helm template` would.

    `values` is a mapping as JSON, and wins over `value_files`; of those the later wins. A file
    `$name/path` is of the additional source whose ref is `name`. `release_name` is the App's name
    when empty; `kube_version` and `api_versions` are the target cluster's when empty.
    """

    release_name: str = ""
    namespace: str = ""
    value_files: tuple[str, ...] = ()
    ignore_missing_value_files: bool = False
    values: str = ""
    skip_crds: bool = False
    skip_schema_validation: bool = False
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verify:
    """Only commits signed by one of the keys of a Secret count; `mode` is ssh or gpg."""

    secret: str
    mode: str = "ssh"


@dataclass(frozen=True)
class Chart:
    """A chart of a Helm repository: where its `index.yaml` lies, as a URL, and its name there."""

    repository: str
    name: str


@dataclass(frozen=True)
class Source:
    """Where the objects come from: a path in a revision of a repository.

    `revision` is a branch, a tag, a commit, or a semver range over the tags (`>=1.2 <2`, `1.x`).
    `ignore` are patterns as in .gitignore, `ref` the name under which value files may point to an
    additional source, and `others` those sources. One with a ref and no path is not rendered.
    With `submodules` their content counts, where their repositories are known. With a `chart` there
    is no repository; `revision` is a version or a range.
    """

    repo: str
    revision: str = "main"
    path: str = "."
    kustomize: KustomizeOptions | None = None
    directory: DirectoryOptions = DirectoryOptions()
    helm: HelmOptions | None = None
    ignore: tuple[str, ...] = ()
    verify: Verify | None = None
    ref: str = ""
    rendered: bool = True
    submodules: bool = False
    chart: Chart | None = None
    others: tuple["Source", ...] = ()

    @property
    def origin(self) -> str:
        """The repository, or the chart, by its name."""
        return f"{self.chart.repository}/{self.chart.name}" if self.chart else self.repo


@dataclass(frozen=True)
class ValueSource:
    """A ConfigMap or a Secret beside the App whose entries are variables."""

    kind: str
    name: str
    optional: bool = False


@dataclass(frozen=True)
class PostBuild:
    """Variables for `${…}` in what was rendered; `values` win over `sources`, later over earlier.

    With `strict` a variable that nobody sets and that has no default is an error; else it is "".
    """

    values: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[ValueSource, ...] = ()
    strict: bool = True


@dataclass(frozen=True)
class Decryption:
    """Encrypted files are opened with the age keys in a Secret beside the App."""

    secret: str
    provider: str = "sops"
