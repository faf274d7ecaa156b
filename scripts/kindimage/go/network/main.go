// network joins the pods of a cluster's nodes: it writes this node's CNI configuration, with the
// range that Kubernetes gave the node, and keeps a route to the range of each other node.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	account   = "/var/run/secrets/kubernetes.io/serviceaccount/"
	template  = "/etc/gitops-lab/network.conflist" // of the node, with the range of its first node
	target    = "/etc/cni/net.d/10-gitops-lab.conflist"
	firstOnes = "10.244.0.0/24"
	patience  = 5 * time.Minute
)

type node struct {
	Metadata struct{ Name string }
	Spec     struct{ PodCIDR string }
	Status   struct {
		Addresses []struct{ Type, Address string }
	}
}

type nodeList struct {
	Metadata struct{ ResourceVersion string }
	Items    []node
}

func main() {
	for {
		if err := follow(os.Getenv("NODE_NAME")); err != nil {
			log.Print(err)
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// follow brings this node up to date, then waits until something changes among the nodes.
func follow(own string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := ask(ctx, "/api/v1/nodes")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var nodes nodeList
	if err := json.NewDecoder(answer.Body).Decode(&nodes); err != nil {
		return err
	}
	if err := settle(own, nodes.Items); err != nil {
		return err
	}
	version := nodes.Metadata.ResourceVersion
	events, err := ask(ctx, "/api/v1/nodes?watch=1&resourceVersion="+version)
	if err != nil {
		return err
	}
	defer events.Body.Close()
	_, err = events.Body.Read(make([]byte, 1))
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) {
		return nil // nothing happened for long
	}
	return err
}

// ask sends a request with the pod's own credentials, which are renewed on disk.
func ask(ctx context.Context, path string) (*http.Response, error) {
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	host := net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	request, err := http.NewRequestWithContext(ctx, "GET", "https://"+host+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	// One connection for each request: a node that was away must not be waited for.
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}}
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err == nil && answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return answer, err
}

func settle(own string, nodes []node) error {
	for _, each := range nodes {
		if each.Spec.PodCIDR == "" {
			continue // the next event brings it
		}
		var err error
		if each.Metadata.Name == own {
			err = configure(each.Spec.PodCIDR)
		} else {
			err = lead(each)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", each.Metadata.Name, err)
		}
	}
	return nil
}

// configure writes the CNI configuration unless it is there: containerd reads it when it changes.
func configure(cidr string) error {
	text, err := os.ReadFile(template)
	if err != nil {
		return err
	}
	wanted := bytes.ReplaceAll(text, []byte(firstOnes), []byte(cidr))
	if found, err := os.ReadFile(target); err == nil && bytes.Equal(found, wanted) {
		return nil
	}
	log.Printf("pods get addresses of %s", cidr)
	fresh := target + ".new"
	if err := os.WriteFile(fresh, wanted, 0o644); err != nil {
		return err
	}
	return os.Rename(fresh, target)
}

// lead sets the route to another node's pods; a node that restarts may have a new address.
func lead(other node) error {
	_, pods, err := net.ParseCIDR(other.Spec.PodCIDR)
	if err != nil {
		return err
	}
	for _, address := range other.Status.Addresses {
		via := net.ParseIP(address.Address).To4()
		if address.Type == "InternalIP" && via != nil && pods.IP.To4() != nil {
			return route(pods, via)
		}
	}
	return nil
}

// route is `ip route replace PODS via VIA`: rtnetlink(7), rtmsg with two attributes.
func route(pods *net.IPNet, via net.IP) error {
	bits, _ := pods.Mask.Size()
	body := []byte{
		syscall.AF_INET, byte(bits), 0, 0, // family, lengths of destination and source, TOS
		syscall.RT_TABLE_MAIN, syscall.RTPROT_STATIC, syscall.RT_SCOPE_UNIVERSE, syscall.RTN_UNICAST,
		0, 0, 0, 0, // flags
	}
	body = append(body, attribute(syscall.RTA_DST, pods.IP.To4())...)
	body = append(body, attribute(syscall.RTA_GATEWAY, via)...)
	order := binary.NativeEndian
	message := make([]byte, syscall.NLMSG_HDRLEN, syscall.NLMSG_HDRLEN+len(body))
	order.PutUint32(message[0:], uint32(cap(message)))
	order.PutUint16(message[4:], syscall.RTM_NEWROUTE)
	flags := syscall.NLM_F_REQUEST | syscall.NLM_F_ACK | syscall.NLM_F_CREATE | syscall.NLM_F_REPLACE
	order.PutUint16(message[6:], uint16(flags))
	order.PutUint32(message[8:], 1)
	return send(append(message, body...))
}

func attribute(kind uint16, value []byte) []byte {
	found := make([]byte, 4, 4+len(value))
	binary.NativeEndian.PutUint16(found[0:], uint16(4+len(value)))
	binary.NativeEndian.PutUint16(found[2:], kind)
	return append(found, value...)
}

func send(message []byte) error {
	socket, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	if err := syscall.Sendto(socket, message, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := syscall.Recvfrom(socket, answer, 0)
	if err != nil {
		return err
	}
	messages, err := syscall.ParseNetlinkMessage(answer[:n])
	if err != nil {
		return err
	}
	var problems []string
	for _, each := range messages {
		if each.Header.Type != syscall.NLMSG_ERROR || len(each.Data) < 4 {
			continue
		}
		if code := int32(binary.NativeEndian.Uint32(each.Data)); code != 0 {
			problems = append(problems, syscall.Errno(-code).Error())
		}
	}
	if problems != nil {
		return errors.New("route: " + strings.Join(problems, ", "))
	}
	return nil
}
