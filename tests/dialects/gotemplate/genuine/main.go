// Fills the templates of genuine.json with Go's own text/template and Sprig, as Argo CD does:
//
//	cd tests/dialects/gotemplate/genuine && go run -mod=mod . ../genuine.json
//
// Add a template to the file, run this, and commit both.
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type testCase struct {
	Template string   `json:"template"`
	Options  []string `json:"options,omitempty"`
	Out      *string  `json:"out,omitempty"`
	Error    string   `json:"error,omitempty"`
}

type file struct {
	Data  map[string]any `json:"data"`
	Cases []testCase     `json:"cases"`
}

func main() {
	var all file
	text, err := os.ReadFile(os.Args[1])
	check(err)
	check(json.Unmarshal(text, &all))
	for i := range all.Cases {
		fill(&all.Cases[i], all.Data)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	check(encoder.Encode(all))
	check(os.WriteFile(os.Args[1], out.Bytes(), 0o644))
}

func fill(one *testCase, data map[string]any) {
	one.Out, one.Error = nil, ""
	functions := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, name)
	}
	parsed, err := template.New("").Funcs(functions).Option(one.Options...).Parse(one.Template)
	var filled bytes.Buffer
	if err == nil {
		err = parsed.Execute(&filled, data)
	}
	if err != nil {
		one.Error = err.Error()
		return
	}
	text := filled.String()
	one.Out = &text
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
