// Command argocd is Argo CD's controllers in one program, told apart by the name that it runs under,
// without its API server and command line, which the cases do not use and which take long to build.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	sets "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	password "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	repositories "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
)

var programs = map[string]func() *cobra.Command{
	"argocd-application-controller":    controller.NewCommand,
	"argocd-applicationset-controller": sets.NewCommand,
	"argocd-git-ask-pass":              password.NewCommand,
	"argocd-repo-server":               repositories.NewCommand,
}

func main() {
	name := filepath.Base(os.Args[0])
	// The repo-server has git ask `argocd` for the password, and names the program so.
	if asked := os.Getenv("ARGOCD_BINARY_NAME"); asked != "" {
		name = asked
	}
	program, known := programs[name]
	if !known {
		fmt.Fprintln(os.Stderr, "no program is called", name)
		os.Exit(2)
	}
	if err := program().Execute(); err != nil {
		os.Exit(1)
	}
}
