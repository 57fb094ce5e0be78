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
	{"generators and tools", false, []string{"directory/cognitoapi/gen", "config/gen", "compatibility", "testing/gallery", "testing/pgtest/run", "testing/peers"}},
	{"the whole", false, []string{"server"}},
	{"above the edges", false, []string{"directory/migrate"}},
	{"what calls the pools that pools came from", false, []string{"directory/formerpool"}},
	{"edges", false, edges},
	{"what the directory's edges share", false, []string{"directory/site"}},
	{"what the gateway's edges share", false, []string{"gateway/authenticate"}},
	{"wire forms", false, []string{"directory/cognitoapi/wire"}},
	{"store", false, []string{"store"}},
	{"directory engines", true, directory},
	{"gateway engines", true, gateway},
	{"engines of both halves", false, []string{"relyingparty", "operator"}},
	{"nouns of both halves", false, []string{"identity", "passkey"}},
	{"outward by HTTP", false, []string{"sender", "function", "logs"}},
	{"outward", false, []string{"message", "autocert"}},
	{"configuration", false, []string{"config"}},
	{"beside people's own programs", false, []string{"remote", "systemtrust"}},
	{"base", true, []string{"base/settings", "base/certs", "base/telemetry", "base/audit", "base/page", "base/plainhttp", "base/web", "base/websocket", "base/hostname", "base/useragent", "base/seal", "base/ids", "base/arn", "base/pattern", "base/fault", "base/lifetime"}},
}

var (
	directoryEdges = []string{"directory/cognitoapi", "directory/kms", "directory/oauth", "directory/managedlogin"}
	gatewayEdges   = []string{"gateway/proxy", "gateway/accessapi"}
	edges          = slices.Concat(directoryEdges, gatewayEdges, []string{"console", "demo"})
	directory      = []string{"directory/transfer", "directory/signin", "directory/account", "directory/risk", "directory/registration", "directory/token", "directory/userimport", "directory/credential", "directory/device", "directory/trigger", "directory/user", "directory/branding", "directory/ratelimit", "directory/userpool", "directory/saml", "directory/foreignhash", "directory/codekey", "directory/srp", "directory/sigv4"}
	gateway        = []string{"gateway/access", "gateway/device", "gateway/bearer", "gateway/clientcert", "gateway/extauthz", "gateway/session", "gateway/policy", "gateway/balance", "gateway/route", "gateway/upstream", "gateway/secretfile", "gateway/limit"}
)

// helpers serve tests alone. They may import anything.
var helpers = []string{"testing/arch", "testing/gatetest", "testing/gatetest/enginetest", "testing/gatewaytest", "testing/recipe", "testing/pgtest", "testing/mmdb", "testing/acmetest", "testing/certtest", "testing/forge", "testing/awssdk", "testing/browser", "testing/authenticator", "store/storetest", "base/page/pagetest", "e2e"}

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
	{"filippo.io/age", []string{"directory/transfer"}, "exports are encrypted in package transfer"},
	{"github.com/oschwald/maxminddb-golang", []string{"directory/risk"}, "places of addresses stand in package risk"},
	{"github.com/tink-crypto/tink-go", []string{"base/seal"}, "sealing stands in package seal"},
	{"github.com/caddyserver/certmagic", []string{"autocert"}, "certificates are got in package autocert"},
	{"github.com/coder/websocket", []string{"base/websocket"}, "WebSockets are spoken in package websocket"},
	{"go.uber.org/zap", []string{"autocert"}, "zap is certmagic's log: ours is slog"},
	{"html/template", []string{"base/page"}, "every page is made of package page's blocks"},
	{"testing", helpers, "only tests and their helpers import package testing"},
}

var importRules = []rule{
	{"imports point down the map", pointDown, []example{
		{"up", goFile("internal/directory/token/a.go", "token", "gatehouse/internal/directory/oauth"), "points up"},
		{"against the order", goFile("internal/directory/userpool/a.go", "userpool", "gatehouse/internal/directory/user"), "the order of the directory engines"},
		{"between edges", goFile("internal/directory/oauth/a.go", "oauth", "gatehouse/internal/directory/managedlogin"), "do not import each other"},
		{"a helper of tests", goFile("internal/server/a.go", "server", "gatehouse/internal/testing/forge"), "for tests alone"},
		{"not on the map", goFile("internal/attic/a.go", "attic", "fmt"), "internal/testing/arch/imports_test.go"},
	}},
	{"packages of others stand where they belong", outsideWhereItBelongs, []example{
		{"SQL", goFile("internal/directory/token/a.go", "token", "database/sql"), "package store"},
		{"a driver", goFile("internal/server/a.go", "server", "github.com/jackc/pgx/v5"), "package store"},
		{"testing", goFile("internal/server/a.go", "server", "testing"), "only tests"},
	}},
	{"the map has no empty rooms", noEmptyRooms, []example{{"nothing", nil, "no such package"}}},
}

// goFile is a source of one file. It imports the packages given, and each of
// those that is of the module is there, too.
func goFile(path, pkg string, imports ...string) map[string]string {
	files, text := map[string]string{}, "package "+pkg+"\n"
	for _, i := range imports {
		text += fmt.Sprintf("import _ %q\n", i)
		if inside, ok := strings.CutPrefix(i, module); ok {
			files[inside+"/x.go"] = "package x\n"
		}
	}
	files[path] = text
	return files
}

func pointDown(s *source) (broken []string) {
	for _, p := range s.all() {
		if !slices.Contains(helpers, p.path) && floor(p.path) < 0 {
			broken = append(broken, fmt.Sprintf("package %s is not on the map: give it a floor in internal/testing/arch/imports_test.go and in ARCHITECTURE.md", p.path))
			continue
		}
		for _, to := range p.imports(false) {
			if s.pkgs[to] == nil {
				continue
			}
			if why := badEdge(p.path, to); why != "" {
				broken = append(broken, fmt.Sprintf("%s imports %s: %s", p.path, to, why))
			}
		}
	}
	return broken
}

func outsideWhereItBelongs(s *source) (broken []string) {
	for _, p := range s.all() {
		for _, to := range p.imports(false) {
			if s.pkgs[to] != nil {
				continue
			}
			if why := badOutside(p.path, to); why != "" {
				broken = append(broken, fmt.Sprintf("%s imports %s: %s", p.path, to, why))
			}
		}
	}
	return broken
}

func noEmptyRooms(s *source) (broken []string) {
	for _, g := range floors {
		for _, m := range g.members {
			if s.pkgs[m] == nil {
				broken = append(broken, fmt.Sprintf("the map has %s among the %s, but there is no such package", m, g.name))
			}
		}
	}
	return broken
}

func TestTheMapAllowsWhatItShould(t *testing.T) {
	for _, edge := range [][2]string{
		{"directory/signin", "directory/token"}, {"directory/oauth", "directory/site"}, {"gateway/accessapi", "gateway/authenticate"},
		{"server", "store"}, {"testing/pgtest/run", "testing/pgtest"}, {"directory/oauth", "base/web"},
	} {
		if why := badEdge(edge[0], edge[1]); why != "" {
			t.Errorf("%s may not import %s: %s", edge[0], edge[1], why)
		}
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
	for _, o := range outside {
		if strings.HasPrefix(to, o.prefix) && !slices.Contains(o.only, from) && !slices.Contains(helpers, from) {
			return o.why
		}
	}
	return ""
}
