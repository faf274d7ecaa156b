"""What is said to a learner, in German. Braces are holes, which are translated themselves."""

_LOOP = {
    "Predict": "Vorhersage",
    "Do": "Tun",
    "Why": "Warum",
    "At work": "Bei der Arbeit",
    "Step {number} of {total}: {title}": "Schritt {number} von {total}: {title}",
    "`gitops-lab check` judges it, `gitops-lab hint` helps.": (
        "`gitops-lab check` urteilt darüber, `gitops-lab hint` hilft."
    ),
    "Type the commands in `gitops-lab shell`: it opens in your clone.": (
        "Die Befehle gehören in `gitops-lab shell`: Das öffnet sich in deinem Klon."
    ),
    "Why that is so, and what it means at work, is told when the step is done.": (
        "Warum das so ist, und was es bei der Arbeit heißt, kommt, wenn der Schritt geschafft ist."
    ),
    "It goes on from what you learn in: {names}.": (
        "Es baut auf dem auf, was du hier lernst: {names}."
    ),
    "`gitops-lab predict` keeps what you think will happen.": (
        "`gitops-lab predict` merkt sich, was du erwartest."
    ),
    "Hint {number} of {total} for the step {step}": (
        "Hinweis {number} von {total} zum Schritt {step}"
    ),
    "The step's checks are green already.": "Die Prüfungen dieses Schritts sind schon grün.",
    "Not yet. `gitops-lab hint {step}` gives a hint.": (
        "Noch nicht. `gitops-lab hint {step}` gibt einen Hinweis."
    ),
    "You had predicted: {text}": "Deine Vorhersage war: {text}",
    "This step is done. Next: {title} (`gitops-lab next`).": (
        "Dieser Schritt ist geschafft. Als Nächstes: {title} (`gitops-lab next`)."
    ),
    "The whole lab is done. {quiz}`gitops-lab summary` tells it back to you.": (
        "Das ganze Lab ist geschafft. {quiz}`gitops-lab summary` erzählt es dir nach."
    ),
    "`gitops-lab quiz` asks a few questions,": "`gitops-lab quiz` stellt ein paar Fragen,",
    "`gitops-lab stop` keeps it, `gitops-lab down` removes it.": (
        "`gitops-lab stop` behält es, `gitops-lab down` entfernt es."
    ),
    "✓ solved for you: {step}": "✓ für dich gelöst: {step}",
    "✓ {text}": "✓ {text}",
    "✗ {text}": "✗ {text}",
    "… {text}": "… {text}",
    "seen      {text}": "gesehen   {text}",
    "expected  {text}": "erwartet  {text}",
    "as above": "wie oben",
    "link      {text}": "Glied     {text}",
    "next      {text}": "nun       {text}",
    "Watching; Ctrl+C ends it.": "Wird beobachtet; Strg+C beendet es.",
    "What do you think": "Was meinst du",
    "Kept. Now do it, and see.": "Gemerkt. Nun tu es, und sieh.",
    "saved aside: {path}": "beiseitegelegt: {path}",
    "{repo}: a new commit {sha} brings the files back": (
        "{repo}: ein neuer Commit {sha} bringt die Dateien zurück"
    ),
    "The step {step} is as it was at its start.": "Der Schritt {step} ist, wie er am Anfang war.",
    "The apps are not at rest yet; `gitops-lab status` says how they stand.": (
        "Die Apps ruhen noch nicht; `gitops-lab status` sagt, wie sie stehen."
    ),
    "Your answer (1 to {count})": "Deine Antwort (1 bis {count})",
    "{right} of {count} right.": "{right} von {count} richtig.",
    "quiz: {right} of {count} right": "Quiz: {right} von {count} richtig",
    "you predicted: {text}": "deine Vorhersage: {text}",
    "{title}: done, {minutes} min": "{title}: geschafft, {minutes} min",
    "{title}: done": "{title}: geschafft",
    "{title}: not finished yet, {minutes} min": "{title}: noch nicht zu Ende, {minutes} min",
    "{title}: not finished yet": "{title}: noch nicht zu Ende",
    "{start}. {title}  ({checks} checks, {hints} hints)": (
        "{start}. {title}  ({checks} Prüfungen, {hints} Hinweise)"
    ),
    "{start}. {title}  ({checks} checks, {hints} hints, solved for you)": (
        "{start}. {title}  ({checks} Prüfungen, {hints} Hinweise, für dich gelöst)"
    ),
}

_WORKSPACE = {
    "{title}: as you left it": "{title}: wie du es verlassen hast",
    "your clone of {text}": "dein Klon von {text}",
    "the app {url}": "die App {url}",
    "The cluster is embedded: pods are processes here, and a push is seen at once.": (
        "Der Cluster ist eingebaut: Pods sind hier Prozesse, und ein Push wird sofort gesehen."
    ),
    "The cluster is Kubernetes itself, in a container; a push is seen at once.": (
        "Der Cluster ist Kubernetes selbst, in einem Container; ein Push wird sofort gesehen."
    ),
    "The cluster is yours, and what the lab made in it goes with `gitops-lab down`.": (
        "Der Cluster ist deiner, und was das Lab darin gemacht hat, geht mit `gitops-lab down`."
    ),
    "Now: `gitops-lab next` shows the step, `gitops-lab open` the live page, `gitops-lab shell` "
    "opens a shell with kubectl, `gitops-lab check` judges.": (
        "Nun: `gitops-lab next` zeigt den Schritt, `gitops-lab open` die Seite dazu, "
        "`gitops-lab shell` öffnet eine Shell mit kubectl, `gitops-lab check` urteilt."
    ),
    "Begin with `gitops-lab start NAME`, or watch one: `gitops-lab demo NAME`.": (
        "Beginne mit `gitops-lab start NAME`, oder sieh einem zu: `gitops-lab demo NAME`."
    ),
    "The lab {name} is not written for --engine {engine}: its text may say what is not so there, "
    "and a check may stay red. It is for {others}.": (
        "Das Lab {name} ist nicht für --engine {engine} geschrieben: Sein Text sagt vielleicht, "
        "was dort nicht so ist, und eine Prüfung bleibt vielleicht rot. Es ist für {others}."
    ),
    "✓ Bring back the cluster  {time}": "✓ Der Cluster ist wieder da  {time}",
    "✓ Bring back the Git server and the engine  {time}": (
        "✓ Der Git-Server und die Engine sind wieder da  {time}"
    ),
    "✓ Check this machine  {time}": "✓ Der Rechner ist geprüft  {time}",
    "✓ Make the workspace  {time}": "✓ Der Workspace ist angelegt  {time}",
    "✓ Seed the repositories  {time}": "✓ Die Repositorys sind gefüllt  {time}",
    "✓ Start the cluster ({names})  {time}": "✓ Der Cluster läuft ({names})  {time}",
    "✓ Start the Git server and the engine  {time}": (
        "✓ Der Git-Server und die Engine laufen  {time}"
    ),
    "✓ Clone the repositories for you  {time}": "✓ Die Repositorys sind für dich geklont  {time}",
    "✓ Apply the lab's objects  {time}": "✓ Die Objekte des Labs sind angewandt  {time}",
    "✓ Wait for the apps  {time}": "✓ Die Apps ruhen  {time}",
    "{title}  ({name}, running)": "{title}  ({name}, läuft)",
    "{title}  ({name}, not running: {missing})": "{title}  ({name}, läuft nicht: {missing})",
    "`gitops-lab start {lab}` brings it back as it was.": (
        "`gitops-lab start {lab}` bringt es zurück, wie es war."
    ),
    "The workspace {name} is stopped. `gitops-lab {verb}` goes on.": (
        "Der Workspace {name} ist angehalten. Mit `gitops-lab {verb}` geht es weiter."
    ),
    "The workspace {name} is gone.": "Der Workspace {name} ist weg.",
    "kept: {path}": "behalten: {path}",
    "Nothing yet. `gitops-lab list` shows the labs.": (
        "Noch nichts. `gitops-lab list` zeigt die Labs."
    ),
}

_CHECKS = {
    "{seen} (waited for {what})": "{seen} (gewartet auf: {what})",
    "the rollout": "das Ausrollen",
    "the engine to look at the app {app}": "dass die Engine die App {app} ansieht",
    "the app {app} to see the commit {sha}": "dass die App {app} den Commit {sha} sieht",
    "the app {app} to take the commit {sha}": "dass die App {app} den Commit {sha} übernimmt",
    "the app {app} to be healed": "dass die App {app} geheilt wird",
    "the rollout of the app {app}": "das Ausrollen der App {app}",
    "the app to answer so": "dass die App so antwortet",
    "the engine to make it": "dass die Engine es macht",
    "the engine to heal it": "dass die Engine es heilt",
    "{thing} in namespace {space}": "{thing} im Namespace {space}",
    "{path} of {thing} is {value}": "{path} von {thing} ist {value}",
    "{path} is {value}": "{path} ist {value}",
    "{path} is not set": "{path} ist nicht gesetzt",
    "it is not set": "es ist nicht gesetzt",
    "it is {value}": "es ist {value}",
    "there is no {thing}": "es gibt kein {thing}",
    "there is no GitOpsApp {app}": "es gibt keine GitOpsApp {app}",
    "a GitOpsApp {app}": "eine GitOpsApp {app}",
    "{thing} is there": "{thing} ist da",
    "{thing} comes from Git": "{thing} kommt aus Git",
    "{path} of {thing} comes from Git": "{path} von {thing} kommt aus Git",
    "it is owned by {managers}": "es gehört: {managers}",
    "nobody owns it": "es gehört niemandem",
    "it is there, and Git does not mention it": "es ist da, und Git erwähnt es nicht",
    "Synced at {sha}": "Synced bei {sha}",
    "OutOfSync at {sha}": "OutOfSync bei {sha}",
    "Unknown at {sha}": "Unknown bei {sha}",
    "no commit": "keinem Commit",
    "{thing} runs {image}, all pods ready": "in {thing} läuft {image}, alle Pods bereit",
    "it runs {image}, {ready} of {count} new pods ready": (
        "es läuft {image}, {ready} von {count} neuen Pods bereit"
    ),
    "it runs {image}": "es läuft {image}",
    "{thing} has {count} pods, all ready": "{thing} hat {count} Pods, alle bereit",
    "it asks for {count}, {ready} of {all} new pods ready": (
        "es verlangt {count}, {ready} von {all} neuen Pods bereit"
    ),
    "it asks for {count}": "es verlangt {count}",
    "Service/{name} answers {text}": "Service/{name} antwortet {text}",
    "it answers {text}": "er antwortet {text}",
    "it answers HTTP {code}": "er antwortet HTTP {code}",
    "the Service has no address yet": "der Service hat noch keine Adresse",
    "{url} does not answer: {why}": "{url} antwortet nicht: {why}",
    "{thing} was {act} by hand since this step began, and is back as in Git": (
        "{thing} wurde von Hand {act}, seit dieser Schritt begann, und ist wieder wie in Git"
    ),
    "it was {act} by hand, and is back as in Git": (
        "es wurde von Hand {act}, und ist wieder wie in Git"
    ),
    "it was changed by hand, and is not back as in Git": (
        "es wurde von Hand geändert, und ist nicht wie in Git"
    ),
    "changed": "geändert",
    "deleted": "gelöscht",
    "nobody has changed it by hand since this step began": (
        "niemand hat es von Hand geändert, seit dieser Schritt begann"
    ),
    "it is still the same object as when this step began": (
        "es ist noch dasselbe Objekt wie am Anfang dieses Schritts"
    ),
    "Change it with kubectl, and not in Git.": "Ändere es mit kubectl, und nicht in Git.",
    "Delete it with kubectl, and not in Git.": "Lösche es mit kubectl, und nicht in Git.",
    "{what} was deployed since this step began, and Git still tells of it": (
        "{what} wurde ausgerollt, seit dieser Schritt begann, und Git erzählt noch davon"
    ),
    "{what} was not deployed since this step began": (
        "{what} wurde nicht ausgerollt, seit dieser Schritt begann"
    ),
    "Release {what} by a commit, push, and let the engine see it.": (
        "Gib {what} mit einem Commit frei, mach einen Push, und lass es die Engine sehen."
    ),
    "the commit {sha} was deployed, and is gone from the branch": (
        "der Commit {sha} wurde ausgerollt, und ist vom Branch verschwunden"
    ),
    "{file} on {branch} holds {what}": "in {file} auf {branch} steht {what}",
    "{path} in {file} on {branch} is {value}": "{path} in {file} auf {branch} ist {value}",
    "{branch} has no file {file}": "{branch} hat keine Datei {file}",
}

_NEXT = {
    "Change {what} in {where}, then commit and push.": (
        "Ändere {what} in {where}, dann Commit und Push."
    ),
    "it": "es",
    "Commit what you changed in {where}, and push it.": (
        "Mach aus deinen Änderungen in {where} einen Commit, und einen Push."
    ),
    "Run `git push` in {where}.": "Tippe `git push` in {where}.",
    "not committed: {files}": "ohne Commit: {files}",
    "not pushed: {count} commits": "ohne Push: {count} Commits",
    "not pushed: 1 commit": "ohne Push: 1 Commit",
    "The app follows the branch {branch}, and your commit is on {other}. Merge it into {branch2} "
    "and push.": (
        "Die App folgt dem Branch {branch}, und dein Commit ist auf {other}. Merge ihn in "
        "{branch2}, und mach einen Push."
    ),
    "Say it in Git: change, commit, push.": "Sag es in Git: ändern, Commit, Push.",
    "Nothing needs doing.": "Es ist nichts zu tun.",
    "Error: {text}": "Fehler: {text}",
    "Stopped.": "Abgebrochen.",
}

GERMAN = {**_LOOP, **_WORKSPACE, **_CHECKS, **_NEXT}
