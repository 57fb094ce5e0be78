// Command compatibility writes docs/compatibility.md. The page says what Gatehouse
// offers of Cognito, Pomerium and Cloudflare Access, and where it differs from them.
// Its lists come from the code that refuses what is not offered, and its prose from
// page.md. The same source always gives the same page.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/cognitoapi/wire"
)

//go:generate go run .

//go:embed page.md
var text string

func main() {
	out := flag.String("out", "../../docs/compatibility.md", "the page to write")
	flag.Parse()
	page, err := generate()
	if err == nil {
		err = os.WriteFile(*out, page, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compatibility:", err)
		os.Exit(1)
	}
}

// facts are the lists that the page takes from the code.
type facts struct {
	Total      int
	Offered    []string
	NotOffered []string
	Unoffered  []cognitoapi.Unoffered
	Refused    []config.Foreign
	Removed    []config.Foreign
}

// gather reads the facts from the code.
func gather() facts {
	f := facts{Offered: cognitoapi.Offered(), Unoffered: cognitoapi.UnofferedMembers()}
	for _, op := range wire.Table() {
		f.Total++
		if !slices.Contains(f.Offered, op.Name) {
			f.NotOffered = append(f.NotOffered, op.Name)
		}
	}
	for _, k := range config.ForeignKeys() {
		switch k.Verdict {
		case config.Refused:
			f.Refused = append(f.Refused, k)
		case config.Removed:
			f.Removed = append(f.Removed, k)
		}
	}
	return f
}

// generate returns the text of the page.
func generate() ([]byte, error) {
	t, err := template.New("page").Option("missingkey=error").Funcs(template.FuncMap{"codes": codes, "place": place, "cell": cell}).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, gather())
	return b.Bytes(), err
}

// codes returns names in Markdown's code style, separated by commas.
func codes(names []string) string {
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("`" + n + "`")
	}
	return b.String()
}

// place says where in the configuration file a key stands.
func place(k config.Foreign) string {
	if k.Route {
		return "a route"
	}
	return "the top"
}

// cell escapes a text so that it does not end its cell of a Markdown table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
