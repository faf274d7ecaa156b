from tests.waiting import eventually

from .cluster import Cluster
from .test_garbage_collection import create as create_config_map
from .test_garbage_collection import is_gone
from .workloads import create_deployment, is_complete, set_image


def test_what_happened_while_no_controller_ran_is_made_up_for(cluster: Cluster) -> None:
    create_deployment(cluster)
    owner = create_config_map(cluster, "owner")
    create_config_map(cluster, "child", owner)
    eventually(lambda: is_complete(cluster, 2))
    cluster.stop_controllers()
    set_image(cluster, "gitops-lab/web:1.1")
    cluster.client.delete("v1", "ConfigMap", "owner", cluster.namespace)
    cluster.client.delete("v1", "Pod", cluster.pods()[0]["metadata"]["name"], cluster.namespace)
    cluster.start_controllers()
    eventually(lambda: is_complete(cluster, 2))
    eventually(lambda: is_gone(cluster, "child"))
    images = {pod["spec"]["containers"][0]["image"] for pod in cluster.pods()}
    assert images == {"gitops-lab/web:1.1"}
    assert len(cluster.pods()) == 2
