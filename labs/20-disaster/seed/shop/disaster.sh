# Plays the loss of the cluster: the app, its namespace and everything in it are gone.
set -e
kubectl --namespace gitops delete configmap outage --ignore-not-found
kubectl --namespace gitops create configmap outage
kubectl --namespace gitops delete gitopsapp shop --ignore-not-found
kubectl delete namespace shop --ignore-not-found
echo "The cluster is empty. The clock is running."
