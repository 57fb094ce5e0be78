package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

func calling(tools ...string) policy.Request { return policy.Request{Tools: tools} }

func TestMCPTool(t *testing.T) {
	checkCriterion(t, "mcp_tool", []criterionCase{
		{`query`, calling("query"), true, "mcp-tool-ok"},
		{`query`, calling("drop"), false, "mcp-tool-unauthorized"},
		{`query`, calling("Query"), false, "mcp-tool-unauthorized"},
		{`{starts_with: admin_}`, calling("admin_drop"), true, "mcp-tool-ok"},
		{`{in: [query, list]}`, calling("list"), true, "mcp-tool-ok"},
		{`{not_in: [query, list]}`, calling("drop"), true, "mcp-tool-ok"},
		{`{not_in: [query, list]}`, calling("list"), false, "mcp-tool-unauthorized"},
		// A request that calls no tool, or that is none of the protocol.
		{`query`, calling(""), false, "mcp-not-a-tool-call"},
		{`{not_in: [query]}`, calling(""), false, "mcp-not-a-tool-call"},
		{`{not: query}`, calling(), false, "mcp-not-a-tool-call"},
	})
	checkRefused(t, "mcp_tool", map[string]string{`[query]`: "write {in: […]}", `{has: query}`: "has is for lists of values", `null`: "found nothing"})
}

func TestEachToolOfARequestMustBeAllowed(t *testing.T) {
	forbids := `{allow: {or: [{accept: 1}]}, deny: {or: [{mcp_tool: {in: [drop, delete]}}, {mcp_tool: {starts_with: admin_}}]}}`
	lists := `{allow: {or: [{accept: 1}]}, deny: {or: [{mcp_tool: {not_in: [query, list]}}]}}`
	only := `{allow: {and: [{mcp_tool: {in: [query, list]}}]}}`
	for _, tt := range []struct {
		policy string
		of     policy.Request
		want   policy.Outcome
	}{
		{forbids, calling("query"), policy.Allow}, {forbids, calling("drop"), policy.Deny}, {forbids, calling("admin_x"), policy.Deny},
		{forbids, calling("", "query"), policy.Allow}, {forbids, calling("", "drop", "query"), policy.Deny}, {forbids, calling("query", "drop"), policy.Deny}, {forbids, calling("drop", "query"), policy.Deny},
		{forbids, calling(), policy.Allow}, {forbids, calling(""), policy.Allow},
		{lists, calling("query"), policy.Allow}, {lists, calling("query", "list"), policy.Allow}, {lists, calling("query", "other"), policy.Deny}, {lists, calling("", "query"), policy.Allow},
		// Under allow the other messages are not let through, and no batch hides one.
		{only, calling("query"), policy.Allow}, {only, calling(""), policy.Deny}, {only, calling(), policy.Deny}, {only, calling("", "query"), policy.Deny},
	} {
		if got := compile(t, tt.policy).Decide(&tt.of).Outcome; got != tt.want {
			t.Errorf("%s of %q: got %v, want %v", tt.policy, tt.of.Tools, got, tt.want)
		}
	}
	d := compile(t, forbids).Decide(new(calling("query", "drop")))
	checkSays(t, d.Explain(), "the tool must not be drop or delete")
	checkSays(t, compile(t, only).Decide(new(calling("drop"))).Explain(), "the tool must be query or list; it is drop")
	checkSays(t, compile(t, only).Decide(new(calling(""))).Explain(), "the request must call a tool")
}

// Both readings of the path are decided about for each tool.
func TestEachToolOnEachReadingOfThePath(t *testing.T) {
	p := compile(t, `{allow: {or: [{accept: 1}]}, deny: {and: [{mcp_tool: drop}, {http_path: /admin}]}}`)
	r := policy.Request{Path: "/app", AltPath: "/admin", Tools: []string{"query", "drop"}}
	if got := p.Decide(&r).Outcome; got != policy.Deny {
		t.Errorf("got %v, want deny", got)
	}
}

func TestWhetherAPolicyAsksForTools(t *testing.T) {
	for text, want := range map[string]bool{
		`{allow: {or: [{accept: 1}]}}`:                                                false,
		`{allow: {or: [{accept: 1}]}, deny: {or: [{mcp_tool: a}]}}`:                   true,
		`{allow: {not: [{mcp_tool: a}]}}`:                                             true,
		`[{allow: {or: [{accept: 1}]}}, {deny: {nor: [{accept: 1}, {mcp_tool: a}]}}]`: true,
		`{allow: {and: [{accept: 1}, {http_path: /mcp_tool}]}}`:                       false,
	} {
		if got := compile(t, text).AsksTool(); got != want {
			t.Errorf("%s: got %t, want %t", text, got, want)
		}
	}
	checkSays(t, compile(t, `{allow: {and: [{authenticated_user: 1}, {mcp_tool: a}]}}`).Warnings(), "write it under deny")
}
