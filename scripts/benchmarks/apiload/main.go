// Apiload asks one Kubernetes API server for the same work, whoever serves it, and prints what it
// took as one JSON line: applies, gets, lists and changes that reach many watchers, as rates.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

type load struct {
	server, token, namespace string
	client                   *http.Client
	count                    int
	connections              int
}

func main() {
	server := flag.String("server", "", "URL of the API server")
	token := flag.String("token", "", "bearer token")
	authority := flag.String("ca", "", "file with the server's authority")
	namespace := flag.String("namespace", "apiload", "namespace to make")
	count := flag.Int("n", 1000, "objects")
	connections := flag.Int("c", 8, "connections")
	lists := flag.Int("lists", 100, "lists of all objects")
	watchers := flag.Int("watchers", 100, "watchers")
	changes := flag.Int("changes", 200, "changes that reach all watchers")
	flag.Parse()

	pem, err := os.ReadFile(*authority)
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	one := &load{*server, *token, *namespace, newClient(roots, *connections), *count, *connections}

	one.must("POST", "/api/v1/namespaces", "application/json",
		fmt.Sprintf(`{"metadata":{"name":%q}}`, *namespace))
	result := map[string]float64{}
	result["apply"] = one.rate(*count, func(i int) { one.apply(i, "a") })
	result["apply_again"] = one.rate(*count, func(i int) { one.apply(i, "a") })
	result["get"] = one.rate(*count, func(i int) { one.must("GET", one.path(i), "", "") })
	result["list"] = one.rate(*lists, func(int) { one.must("GET", one.path(-1), "", "") })
	watching := newClient(roots, 0)
	result["watch"] = one.watch(watching, *watchers, *changes)
	check(json.NewEncoder(os.Stdout).Encode(result))
}

// newClient speaks HTTP/1.1 to every server, on at most so many connections (0: any number).
func newClient(roots *x509.CertPool, connections int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots},
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: 1000,
		DisableCompression:  true,
	}}
}

// rate does the work for 0 to count-1 on all connections and returns how much of it in a second.
func (l *load) rate(count int, work func(int)) float64 {
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range l.connections {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				work(i)
			}
		}()
	}
	all.Wait()
	return float64(count) / time.Since(began).Seconds()
}

// watch opens watchers and makes changes one after the other, each once all watchers have seen
// the one before; returns events delivered in a second.
func (l *load) watch(client *http.Client, watchers, changes int) float64 {
	seen := make(chan struct{}, watchers)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for range watchers {
		path := l.path(-1) + "?watch=true&resourceVersion=" + l.revision()
		request, err := http.NewRequestWithContext(ctx, "GET", l.server+path, nil)
		check(err)
		request.Header.Set("Authorization", "Bearer "+l.token)
		response, err := client.Do(request)
		check(err)
		go func() {
			lines := bufio.NewReader(response.Body)
			for {
				if _, err := lines.ReadBytes('\n'); err != nil {
					return
				}
				seen <- struct{}{}
			}
		}()
	}
	began := time.Now()
	for change := range changes {
		l.apply(0, fmt.Sprintf("change-%d", change))
		for range watchers {
			<-seen
		}
	}
	return float64(watchers*changes) / time.Since(began).Seconds()
}

func (l *load) revision() string {
	var list struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	check(json.Unmarshal(l.must("GET", l.path(-1)+"?limit=1", "", ""), &list))
	return list.Metadata.ResourceVersion
}

func (l *load) path(i int) string {
	path := "/api/v1/namespaces/" + l.namespace + "/configmaps"
	if i < 0 {
		return path
	}
	return fmt.Sprintf("%s/settings-%d", path, i)
}

func (l *load) apply(i int, value string) {
	body := fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings-%d",`+
		`"labels":{"app":"apiload"}},"data":{"value":%q,"colour":"blue","size":"medium"}}`, i, value)
	l.must("PATCH", l.path(i)+"?fieldManager=apiload&force=true", "application/apply-patch+yaml", body)
}

// must returns the body of an answer that has to be a good one.
func (l *load) must(method, path, kind, body string) []byte {
	request, err := http.NewRequest(method, l.server+path, bytes.NewReader([]byte(body)))
	check(err)
	request.Header.Set("Authorization", "Bearer "+l.token)
	request.Header.Set("Accept", "application/json")
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	response, err := l.client.Do(request)
	check(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check(err)
	if response.StatusCode >= 300 {
		log.Fatalf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	return text
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
