"""The definition of Application: what may be written, in our own words."""

from typing import Any

from gitops_lab.dialects.argocd.application.spec import GROUP, KIND
from gitops_lab.kube import Object

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "format": "int64"}
SWITCH: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
ANYTHING: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
NUMBER_OR_TEXT: Schema = {
    "anyOf": [{"type": "integer"}, {"type": "string"}],
    "x-kubernetes-int-or-string": True,
}


def definition() -> Object:
    """The CustomResourceDefinition. As Argo CD's it has no subresource for the status."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"applications.{GROUP}",
            "labels": {
                "app.kubernetes.io/name": f"applications.{GROUP}",
                "app.kubernetes.io/part-of": "argocd",
            },
        },
        "spec": {
            "group": GROUP,
            "names": {
                "kind": KIND,
                "listKind": "ApplicationList",
                "plural": "applications",
                "singular": "application",
                "shortNames": ["app", "apps"],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1alpha1",
                    "served": True,
                    "storage": True,
                    "additionalPrinterColumns": _columns(),
                    "schema": {"openAPIV3Schema": _application()},
                    "subresources": {},
                }
            ],
        },
    }


def record(required: tuple[str, ...] = (), **fields: Schema) -> Schema:
    """A mapping with these fields."""
    said: Schema = {"type": "object", "properties": fields}
    return {**said, "required": list(required)} if required else said


def each(items: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": items}


def source() -> Schema:
    """Where objects come from; ApplicationSets and AppProjects have it too."""
    return record(
        ("repoURL",),
        repoURL=TEXT,
        path=TEXT,
        targetRevision=TEXT,
        chart=TEXT,
        ref=TEXT,
        name=TEXT,
        tagPrefix=TEXT,
        directory=record(
            recurse=SWITCH,
            include=TEXT,
            exclude=TEXT,
            disableExtensionFilter=SWITCH,
            jsonnet=ANYTHING,
        ),
        helm=_helm(),
        kustomize=_kustomize(),
        plugin=ANYTHING,
    )


def sync_policy() -> Schema:
    """`spec.syncPolicy`."""
    return record(
        automated=record(prune=SWITCH, selfHeal=SWITCH, allowEmpty=SWITCH, enabled=SWITCH),
        syncOptions=each(TEXT),
        retry=_retry(),
        managedNamespaceMetadata=record(labels=TEXTS, annotations=TEXTS),
    )


def spec() -> Schema:
    """`spec`."""
    return record(
        ("destination", "project"),
        source=source(),
        sources=each(source()),
        sourceHydrator=ANYTHING,
        destination=record(server=TEXT, name=TEXT, namespace=TEXT),
        project=TEXT,
        syncPolicy=sync_policy(),
        ignoreDifferences=each(_ignored()),
        info=each(_info()),
        revisionHistoryLimit=NUMBER,
    )


def _application() -> Schema:
    return record(
        ("metadata", "spec"),
        apiVersion=TEXT,
        kind=TEXT,
        metadata={"type": "object"},
        spec=spec(),
        operation=_operation(),
        status=_status(),
    )


def _helm() -> Schema:
    return record(
        releaseName=TEXT,
        namespace=TEXT,
        valueFiles=each(TEXT),
        ignoreMissingValueFiles=SWITCH,
        values=TEXT,
        valuesObject=ANYTHING,
        parameters=each(record(name=TEXT, value=TEXT, forceString=SWITCH)),
        fileParameters=each(record(name=TEXT, path=TEXT)),
        passCredentials=SWITCH,
        skipCrds=SWITCH,
        skipTests=SWITCH,
        skipSchemaValidation=SWITCH,
        version=TEXT,
        kubeVersion=TEXT,
        apiVersions=each(TEXT),
    )


def _kustomize() -> Schema:
    target = record(
        group=TEXT,
        version=TEXT,
        kind=TEXT,
        name=TEXT,
        namespace=TEXT,
        labelSelector=TEXT,
        annotationSelector=TEXT,
    )
    return record(
        namePrefix=TEXT,
        nameSuffix=TEXT,
        namespace=TEXT,
        images=each(TEXT),
        replicas=each(record(("name", "count"), name=TEXT, count=NUMBER_OR_TEXT)),
        commonLabels=TEXTS,
        commonAnnotations=TEXTS,
        commonAnnotationsEnvsubst=SWITCH,
        forceCommonLabels=SWITCH,
        forceCommonAnnotations=SWITCH,
        labelWithoutSelector=SWITCH,
        labelIncludeTemplates=SWITCH,
        components=each(TEXT),
        ignoreMissingComponents=SWITCH,
        patches=each(
            record(
                patch=TEXT,
                path=TEXT,
                target=target,
                options={"type": "object", "additionalProperties": SWITCH},
            )
        ),
        version=TEXT,
        kubeVersion=TEXT,
        apiVersions=each(TEXT),
    )


def _retry() -> Schema:
    backoff = record(duration=TEXT, factor=NUMBER, maxDuration=TEXT)
    return record(limit=NUMBER, backoff=backoff, refresh=SWITCH)


def _info() -> Schema:
    return record(("name", "value"), name=TEXT, value=TEXT)


def _ignored() -> Schema:
    return record(
        ("kind",),
        group=TEXT,
        kind=TEXT,
        name=TEXT,
        namespace=TEXT,
        jsonPointers=each(TEXT),
        jqPathExpressions=each(TEXT),
        managedFieldsManagers=each(TEXT),
    )


def _operation() -> Schema:
    apply = record(force=SWITCH)
    sync = record(
        revision=TEXT,
        revisions=each(TEXT),
        prune=SWITCH,
        dryRun=SWITCH,
        syncStrategy=record(apply=apply, hook=apply),
        syncOptions=each(TEXT),
        resources=each(record(("kind", "name"), group=TEXT, kind=TEXT, name=TEXT, namespace=TEXT)),
        source=source(),
        sources=each(source()),
        manifests=each(TEXT),
        autoHealAttemptsCount=NUMBER,
    )
    return record(
        initiatedBy=record(username=TEXT, automated=SWITCH),
        info=each(_info()),
        retry=_retry(),
        sync=sync,
    )


def _status() -> Schema:
    return record(
        conditions=each(
            record(("type", "message"), type=TEXT, message=TEXT, lastTransitionTime=TIME)
        ),
        controllerNamespace=TEXT,
        health=record(status=TEXT, message=TEXT, lastTransitionTime=TIME),
        history=each(ANYTHING),
        observedAt=TIME,
        operationState={
            **record(
                ("operation", "phase", "startedAt"),
                operation=_operation(),
                phase=TEXT,
                message=TEXT,
                startedAt=TIME,
                finishedAt=TIME,
                retryCount=NUMBER,
                syncResult=ANYTHING,
            )
        },
        reconciledAt=TIME,
        resourceHealthSource=TEXT,
        resources=each(ANYTHING),
        sourceHydrator=ANYTHING,
        sourceType=TEXT,
        sourceTypes=each(TEXT),
        summary=record(images=each(TEXT), externalURLs=each(TEXT)),
        sync=record(
            ("status",),
            status=TEXT,
            revision=TEXT,
            revisions=each(TEXT),
            comparedTo=ANYTHING,
        ),
    )


def _columns() -> list[Object]:
    named = (
        ("Sync Status", ".status.sync.status", 0),
        ("Health Status", ".status.health.status", 0),
        ("Revision", ".status.sync.revision", 10),
        ("Project", ".spec.project", 10),
    )
    return [
        {"name": name, "type": "string", "jsonPath": path, **({"priority": far} if far else {})}
        for name, path, far in named
    ]
