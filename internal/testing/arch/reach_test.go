package arch

import (
	"fmt"
	"slices"
)

// forbidden are ways of imports that point down and are bad all the same. They
// are looked for through other packages, too.
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
	{slices.Concat(directory, gateway, []string{"relyingparty", "operator", "identity", "message"}), []string{"config"}, "an engine is given values, not a configuration file"},
	{edges, []string{"config"}, "package server reads the configuration and gives an edge what it needs"},
}

// onlyServer is what the command line reaches through package server alone.
const onlyServer = "store"

// unserved are the engines that know nothing of HTTP at all.
var unserved = slices.Concat([]string{"gateway/policy", "operator"}, directory)

var reachRules = []rule{
	{"no package reaches, through others, what it must stand without", standAlone, []example{
		{"directly", goFile("internal/directory/oauth/a.go", "oauth", "gatehouse/internal/store"), "directory/oauth → store: edges call engines"},
		{"through another", map[string]string{
			"internal/gateway/policy/a.go": "package policy\nimport _ \"gatehouse/internal/base/web\"\n",
			"internal/base/web/a.go":       "package web\nimport _ \"gatehouse/internal/directory/user\"\n",
			"internal/directory/user/a.go": "package user\n",
		}, "gateway/policy → base/web → directory/user: the gateway must stand without the directory"},
		{"the store past the server", goFile("cmd/gatehouse/a.go", "main", "gatehouse/internal/store"), "cmd/gatehouse → store: package server opens the store"},
	}},
	{"engines reach no HTTP", noHTTP, []example{
		{"directly", goFile("internal/directory/userpool/a.go", "userpool", "net/http"), "directory/userpool → net/http"},
		{"through another", map[string]string{
			"internal/directory/userpool/a.go": "package userpool\nimport _ \"gatehouse/internal/base/web\"\n",
			"internal/base/web/a.go":           "package web\nimport _ \"net/http\"\n",
		}, "directory/userpool → base/web → net/http"},
	}},
}

func standAlone(s *source) (broken []string) {
	for _, f := range forbidden {
		for _, from := range f.from {
			if way := s.chain(from, func(to string) bool { return slices.Contains(f.to, to) }); way != "" {
				broken = append(broken, way+": "+f.why)
			}
		}
	}
	if p := s.pkgs["cmd/gatehouse"]; p != nil && slices.Contains(p.imports(false), onlyServer) {
		broken = append(broken, "cmd/gatehouse → "+onlyServer+": package server opens the store")
	}
	return broken
}

func noHTTP(s *source) (broken []string) {
	for _, engine := range unserved {
		if way := s.chain(engine, func(to string) bool { return to == "net/http" }); way != "" {
			broken = append(broken, fmt.Sprintf("%s: this engine knows nothing of HTTP, which is the edges' knowledge", way))
		}
	}
	return broken
}
