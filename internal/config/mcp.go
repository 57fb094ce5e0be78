package config

import "strings"

// ModelContext marks a route for the Model Context Protocol, as Pomerium has it.
type ModelContext struct {
	// The route of a Model Context Protocol server or client, `{server: {…}}` or
	// `{client: {}}`. It is an HTTP route behind its rules like any other; a server has
	// no limit of time. Gatehouse is no authorization server for such clients, and gets
	// no tokens for the upstream (`upstream_oauth2`): clients bring both themselves.
	MCP map[string]any `key:"mcp"`
}

// ServesMCP reports whether the upstream is a Model Context Protocol server, whose
// answers may stay open.
func (m ModelContext) ServesMCP() bool { return m.MCP["server"] != nil }

func (k *checker) checkMCP(r *Route) {
	if r.MCP != nil && !r.ServesMCP() && r.MCP["client"] == nil {
		k.fail(r.Key+".mcp", "has neither server nor client", "", "write server: {} for a server of the Model Context Protocol")
	}
}

// warnMCP says what a route of the Model Context Protocol does without here.
func (c *Config) warnMCP() {
	var routes, tokens []string
	for _, r := range c.AllRoutes() {
		if r.MCP == nil {
			continue
		}
		routes = append(routes, r.Key+".mcp")
		if server, ok := r.MCP["server"].(map[string]any); ok && server["upstream_oauth2"] != nil {
			tokens = append(tokens, r.Key+".mcp.server.upstream_oauth2")
		}
	}
	if len(routes) > 0 {
		c.Warnings = append(c.Warnings, strings.Join(routes, ", ")+": an HTTP route behind its rules; clients of the Model Context Protocol cannot register and sign in here by themselves")
	}
	if len(tokens) > 0 {
		c.Warnings = append(c.Warnings, advice{says: "the upstream gets no token of another service", paths: tokens}.String())
	}
}
