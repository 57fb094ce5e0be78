package policy

import "slices"

// mcpTool matches the name of the tool that a message of the Model Context Protocol
// calls. It is false of every other request.
//
// Pomerium: its documentation says the same; in its code a message that calls no tool is
// true, also under deny.
var mcpTool = kind{
	name:  "mcp_tool",
	class: ofRequest,
	parse: parseTool,
}

// toolCondition tests the first of the request's tools: Decide asks about each.
type toolCondition struct{ textCondition }

func parseTool(p *parser, path, sub string, data any) condition {
	c := textCondition{
		subject: "the tool",
		noun:    "the tool",
		of:      (*Request).tool,
	}.parse(p, path, sub, data)
	if c == nil {
		return nil
	}
	return toolCondition{c.(textCondition)}
}

// tool returns the tool that is called, or "".
func (r *Request) tool() string {
	if len(r.Tools) == 0 {
		return ""
	}
	return r.Tools[0]
}

func (c toolCondition) holds(r *Request) bool {
	return r.tool() != "" && c.textCondition.holds(r)
}

// reason tells a message that calls no tool from one that calls another.
func (c toolCondition) reason(r *Request, ok bool) Reasons {
	switch {
	case ok:
		return ReasonMCPToolOK
	case r.tool() == "":
		return ReasonMCPNotAToolCall
	}
	return ReasonMCPToolUnauthorized
}

func (c toolCondition) join(other condition) condition {
	joined := c.textCondition.join(other.(toolCondition).textCondition)
	if joined == nil {
		return nil
	}
	return toolCondition{joined.(textCondition)}
}

func (c toolCondition) say(r *Request, not, full bool) string {
	if r.tool() == "" {
		return "the request must call a tool, and the tool" + must(not) + c.phrase("")
	}
	return c.textCondition.say(r, not, full)
}

// AsksTool reports whether any criterion asks which tool a request calls.
func (p *Policy) AsksTool() bool {
	return p != nil && (p.allow.asksTool() || p.deny.asksTool())
}

func (s side) asksTool() bool {
	return slices.ContainsFunc(s, func(b branch) bool { return asksTool(b.node) })
}

func asksTool(n node) bool {
	if l, ok := n.(*leaf); ok {
		return l.kind == &mcpTool
	}
	return slices.ContainsFunc(children(n), asksTool)
}

// decideTools decides about each tool that a request calls. It passes only if the policy
// allows all of them.
func (p *Policy) decideTools(r *Request) Decision {
	d := p.decidePaths(r)
	for i := 1; i < len(r.Tools) && d.Outcome == Allow; i++ {
		other := *r
		other.Tools = r.Tools[i : i+1]
		if next := p.decidePaths(&other); next.Outcome != Allow {
			return next
		}
	}
	return d
}
