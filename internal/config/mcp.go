package config

import (
	"fmt"
	"strings"

	"gatehouse/internal/base/settings"
)

// ModelContext marks a route for the Model Context Protocol, as Pomerium has it.
type ModelContext struct {
	// The route of a Model Context Protocol server or client, `{server: {…}}` or
	// `{client: {}}`. It is an HTTP route behind its rules like any other; a server has
	// no limit of time. Gatehouse is no authorization server for such clients, and gets
	// no tokens for the upstream (`upstream_oauth2`): clients bring both themselves.
	// `server: {max_request_bytes: …}` is how large a request may be of which the
	// policy asks `mcp_tool`: 1 MiB, or up to 16.
	MCP map[string]any `key:"mcp"`
}

// ServesMCP reports whether the upstream is a Model Context Protocol server, whose
// answers may stay open.
func (m ModelContext) ServesMCP() bool { return m.MCP["server"] != nil }

// maxMessage is how much a file may let a message have: it is held in memory.
const maxMessage = 16 << 20

// MaxRequestBytes returns how large a message may be whose tools the policy asks for; 0 if
// the file does not say it.
func (m ModelContext) MaxRequestBytes() int64 {
	n, _ := m.maxRequestBytes()
	return n
}

func (m ModelContext) maxRequestBytes() (n int64, ok bool) {
	server, _ := m.MCP["server"].(map[string]any)
	value, said := server["max_request_bytes"]
	n, whole := value.(int64)
	return n, !said || value == nil || whole && n > 0 && n <= maxMessage
}

func (k *checker) checkMCP(r *Route) {
	if _, ok := r.maxRequestBytes(); !ok {
		server := r.MCP["server"].(map[string]any)
		k.fail(r.Key+".mcp.server.max_request_bytes", settings.Quote(fmt.Sprint(server["max_request_bytes"])), fmt.Sprintf("a number of bytes from 1 to %d", maxMessage), "")
	}
	if r.MCP != nil && !r.ServesMCP() && r.MCP["client"] == nil {
		hint := "write server: {} for a server of the Model Context Protocol"
		if r.MCP["upstream_oauth2"] != nil {
			hint = "put upstream_oauth2 below server"
		}
		k.fail(r.Key+".mcp", "has neither server nor client", "", hint)
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
