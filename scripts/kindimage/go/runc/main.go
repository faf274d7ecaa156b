// runc stands before the real runc on hosts whose capability bounding set lacks CAP_SYS_RESOURCE.
//
// There no process can be given that capability, a lower oom_score_adj or a higher limit, and runc
// refuses a container that asks for one. So those wishes are taken out of the bundle's config.json
// (create, run, restore) or of the process file (exec) before runc reads it. It takes rights away
// and never adds any. Where the capability is there, nothing is touched.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	capability = "CAP_SYS_RESOURCE"
	bit        = 24
)

func main() {
	if !have() {
		if err := relax(os.Args[1:]); err != nil {
			fail(err)
		}
	}
	program, err := real()
	if err != nil {
		fail(err)
	}
	fail(syscall.Exec(program, append([]string{"runc"}, os.Args[1:]...), os.Environ()))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "runc wrapper:", err)
	os.Exit(1)
}

// have tells whether the bounding set of this process holds CAP_SYS_RESOURCE.
func have() bool {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return true
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), "CapBnd:"); found {
			set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			return err != nil || set&(1<<bit) != 0
		}
	}
	return true
}

// real finds the genuine runc: any but this very file.
func real() (string, error) {
	own, err := os.Stat("/proc/self/exe")
	if err != nil {
		return "", err
	}
	for _, path := range []string{"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/sbin/runc", "/usr/local/bin/runc"} {
		if found, err := os.Stat(path); err == nil && !os.SameFile(own, found) {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no runc to stand before")
}

// relax rewrites the file that the command is going to read.
func relax(arguments []string) error {
	command, bundle, process := "", ".", ""
	for index, argument := range arguments {
		name, value, joined := strings.Cut(argument, "=")
		if !joined && index+1 < len(arguments) {
			value = arguments[index+1]
		}
		switch name {
		case "create", "run", "restore", "exec":
			if command == "" {
				command = name
			}
		case "--bundle", "-b":
			bundle = value
		case "--process", "-p":
			process = value
		}
	}
	switch {
	case command == "exec" && process != "":
		return rewrite(process, func(root map[string]any) { loosen(root) })
	case command == "exec" || command == "":
		return nil
	}
	return rewrite(filepath.Join(bundle, "config.json"), func(root map[string]any) {
		if described, found := root["process"].(map[string]any); found {
			loosen(described)
		}
	})
}

func rewrite(path string, change func(map[string]any)) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil // runc says it better
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var root map[string]any
	if err := decoder.Decode(&root); err != nil {
		return nil
	}
	change(root)
	changed, err := json.Marshal(root)
	if err != nil {
		return err
	}
	return os.WriteFile(path, changed, 0o600)
}

// loosen takes out what can't be had: the capability, limits, a protected oom_score_adj.
func loosen(process map[string]any) {
	delete(process, "rlimits")
	if score, found := process["oomScoreAdj"].(json.Number); found && strings.HasPrefix(score.String(), "-") {
		delete(process, "oomScoreAdj")
	}
	sets, _ := process["capabilities"].(map[string]any)
	for name, set := range sets {
		kept := []any{}
		list, _ := set.([]any)
		for _, each := range list {
			if each != capability {
				kept = append(kept, each)
			}
		}
		sets[name] = kept
	}
}
