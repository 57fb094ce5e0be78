package arch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// group is one floor of the map. A package may import those of the floors
// below its own.
type group struct {
	name    string
	ordered bool // inside it, each may import those after it; else none
	members []string
}

// The map, from top to bottom.
var floors = []group{
	{"command line", false, []string{"cmd/gatehouse"}},
	{"generators and tools", false, []string{"directory/cognitoapi/gen", "config/gen", "compatibility", "testing/gallery", "testing/pgtest/run"}},
	{"the whole", false, []string{"server"}},
	{"edges", false, edges},
	{"what the directory's edges share", false, []string{"directory/site"}},
	{"what the gateway's edges share", false, []string{"gateway/authenticate"}},
	{"wire forms", false, []string{"directory/cognitoapi/wire"}},
	{"store", false, []string{"store"}},
	{"directory engines", true, directory},
	{"gateway engines", true, gateway},
	{"engines of both halves", false, []string{"relyingparty", "operator"}},
	{"nouns of both halves", false, []string{"identity"}},
	{"outward", false, []string{"message"}},
	{"configuration", false, []string{"config"}},
	{"base", true, []string{"base/settings", "base/certs", "base/telemetry", "base/page", "base/web", "base/hostname", "base/seal", "base/ids", "base/fault"}},
}

var (
	directoryEdges = []string{"directory/cognitoapi", "directory/oauth", "directory/managedlogin"}
	gatewayEdges   = []string{"gateway/proxy", "gateway/accessapi"}
	edges          = slices.Concat(directoryEdges, gatewayEdges, []string{"console", "demo"})
	directory      = []string{"directory/signin", "directory/account", "directory/token", "directory/credential", "directory/user", "directory/userpool", "directory/srp", "directory/sigv4"}
	gateway        = []string{"gateway/access", "gateway/session", "gateway/policy", "gateway/route"}
)

// helpers serve tests alone. They may import anything.
var helpers = []string{"testing/arch", "testing/gatetest", "testing/gatetest/enginetest", "testing/recipe", "testing/pgtest", "testing/forge", "testing/awssdk", "testing/browser", "store/storetest", "base/page/pagetest", "e2e"}

// forbidden are the edges that point down and are bad all the same.
var forbidden = []struct {
	from, to []string
	why      string
}{
	{slices.Concat(gateway, []string{"relyingparty", "identity"}), directory, "the gateway must stand without the directory"},
	{directory, gateway, "the directory must stand without the gateway"},
	{append(slices.Clone(gatewayEdges), "gateway/authenticate", "demo"), append(slices.Clone(directory), "directory/site"), "the gateway must stand without the directory: it knows a pool as any other OpenID provider"},
	{append(slices.Clone(directoryEdges), "directory/site"), append(slices.Clone(gateway), "gateway/authenticate"), "the directory must stand without the gateway"},
	{edges, []string{"store"}, "edges call engines; an engine says what it needs of storage"},
	{[]string{"directory/site", "gateway/authenticate"}, []string{"store"}, "edges call engines; an engine says what it needs of storage"},
	{[]string{"cmd/gatehouse"}, []string{"store"}, "package server opens the store"},
	{slices.Concat(directory, gateway, []string{"relyingparty", "operator", "identity", "message"}), []string{"config"}, "an engine is given values, not a configuration file"},
	{edges, []string{"config"}, "package server reads the configuration and gives an edge what it needs"},
}

// outside are the packages of others that only some may import.
var outside = []struct {
	prefix string
	only   []string
	why    string
}{
	{"database/sql", []string{"store", "testing/pgtest", "store/storetest"}, "SQL stands in package store"},
	{"github.com/jackc/pgx", []string{"store", "testing/pgtest"}, "SQL stands in package store"},
	{"modernc.org/sqlite", []string{"store"}, "SQL stands in package store"},
	{"github.com/pressly/goose", []string{"store"}, "the schema stands in package store"},
	{"github.com/spf13/cobra", []string{"cmd/gatehouse"}, "the command line stands in cmd/gatehouse"},
	{"github.com/tink-crypto/tink-go", []string{"base/seal"}, "sealing stands in package seal"},
	{"html/template", []string{"base/page"}, "every page is made of package page's blocks"},
	{"testing", helpers, "only tests and their helpers import package testing"},
}

// unserved are the engines that know nothing of HTTP at all.
var unserved = slices.Concat([]string{"gateway/policy", "operator"}, directory)

func TestImportsPointDownTheMap(t *testing.T) {
	s := load(t)
	for _, p := range s.all() {
		if !slices.Contains(helpers, p.path) && floor(p.path) < 0 {
			t.Errorf("package %s is not on the map: give it a floor in imports_test.go and in ARCHITECTURE.md", p.path)
			continue
		}
		for _, to := range p.imports(false) {
			say := badOutside
			if s.pkgs[to] != nil {
				say = badEdge
			}
			if why := say(p.path, to); why != "" {
				t.Errorf("%s imports %s: %s", p.path, to, why)
			}
		}
	}
}

func TestTheMapHasNoEmptyRooms(t *testing.T) {
	s := load(t)
	for _, g := range floors {
		for _, m := range g.members {
			if s.pkgs[m] == nil {
				t.Errorf("the map has %s among the %s, but there is no such package", m, g.name)
			}
		}
	}
}

func TestBadEdgesAreSeen(t *testing.T) {
	tests := []struct{ from, to, why string }{
		{"directory/userpool", "directory/user", "order"},
		{"directory/signin", "directory/token", ""},
		{"directory/token", "directory/signin", "order"},
		{"directory/token", "directory/oauth", "points up"},
		{"gateway/policy", "gateway/proxy", "points up"},
		{"directory/oauth", "directory/managedlogin", "do not import each other"},
		{"directory/oauth", "directory/site", ""},
		{"gateway/accessapi", "gateway/proxy", "do not import each other"},
		{"gateway/accessapi", "gateway/authenticate", ""},
		{"gateway/authenticate", "gateway/proxy", "points up"},
		{"gateway/authenticate", "store", "engines"},
		{"directory/oauth", "gateway/authenticate", "without the gateway"},
		{"gateway/proxy", "gateway/accessapi", "do not import each other"},
		{"gateway/proxy", "directory/userpool", "without the directory"},
		{"gateway/policy", "directory/user", "without the directory"},
		{"relyingparty", "directory/token", "without the directory"},
		{"directory/signin", "gateway/policy", "without the gateway"},
		{"directory/oauth", "store", "engines"},
		{"server", "store", ""},
		{"cmd/gatehouse", "store", "package server"},
		{"base/fault", "base/seal", "order"},
		{"server", "testing/gatetest", "tests alone"},
		{"testing/pgtest/run", "testing/pgtest", ""},
		{"server", "config/gen", "points up"},
	}
	for _, tt := range tests {
		got := badEdge(tt.from, tt.to)
		if (got == "") != (tt.why == "") || !strings.Contains(got, tt.why) {
			t.Errorf("badEdge(%s, %s) = %q, want something with %q", tt.from, tt.to, got, tt.why)
		}
	}
	if got := badOutside("directory/token", "database/sql"); !strings.Contains(got, "package store") {
		t.Errorf("badOutside(token, database/sql) = %q, want a reason", got)
	}
	if got := badOutside("gateway/policy", "net/http"); !strings.Contains(got, "HTTP") {
		t.Errorf("badOutside(policy, net/http) = %q, want a reason", got)
	}
	if got := badOutside("base/web", "net/http"); got != "" {
		t.Errorf("badOutside(web, net/http) = %q, want none", got)
	}
}

// floor returns the index of a package's group, or -1.
func floor(path string) int {
	return slices.IndexFunc(floors, func(g group) bool { return slices.Contains(g.members, path) })
}

// badEdge says why from must not import to; "" if it may.
func badEdge(from, to string) string {
	if slices.Contains(helpers, from) {
		return ""
	}
	if slices.Contains(helpers, to) {
		if strings.HasPrefix(from, to+"/") { // a command around its helper
			return ""
		}
		return to + " is for tests alone"
	}
	for _, f := range forbidden {
		if slices.Contains(f.from, from) && slices.Contains(f.to, to) {
			return f.why
		}
	}
	a, b := floor(from), floor(to)
	switch {
	case b < 0:
		return to + " is not on the map"
	case a < b:
		return ""
	case a > b:
		return fmt.Sprintf("the import points up, from the %s to the %s", floors[a].name, floors[b].name)
	case !floors[a].ordered:
		return "the " + floors[a].name + " do not import each other"
	case slices.Index(floors[a].members, from) > slices.Index(floors[a].members, to):
		return "the order of the " + floors[a].name + " is " + strings.Join(floors[a].members, ", ") + ", and each may import those after it"
	}
	return ""
}

// badOutside says why a package must not import one of another module.
func badOutside(from, to string) string {
	if to == "net/http" && slices.Contains(unserved, from) {
		return "this engine knows nothing of HTTP: that is the edges' knowledge"
	}
	for _, o := range outside {
		if strings.HasPrefix(to, o.prefix) && !slices.Contains(o.only, from) && !slices.Contains(helpers, from) {
			return o.why
		}
	}
	return ""
}
