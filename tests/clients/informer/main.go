// Informer watches the ConfigMaps of a namespace as controllers do, with client-go's shared
// informers, and prints what its cache goes through. It ends when "last" is deleted.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	check(err)
	client, err := kubernetes.NewForConfig(config)
	check(err)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	factory := informers.NewSharedInformerFactoryWithOptions(
		client, 0, informers.WithNamespace(os.Args[1]))
	informer := factory.Core().V1().ConfigMaps()
	_, err = informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(obj any) { say("ADDED", obj) },
		UpdateFunc: func(_, obj any) { say("MODIFIED", obj) },
		DeleteFunc: func(obj any) {
			say("DELETED", obj)
			if obj.(*v1.ConfigMap).Name == "last" {
				stop()
			}
		},
	})
	check(err)
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		log.Fatal("the cache was not filled in time")
	}
	fmt.Println("SYNCED")
	<-ctx.Done()
	if ctx.Err() != context.Canceled {
		log.Fatal(ctx.Err())
	}
}

func say(kind string, obj any) {
	found := obj.(*v1.ConfigMap)
	fmt.Println(kind, found.Name, found.Data["colour"])
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
