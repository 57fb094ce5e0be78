package extauthz

import (
	"maps"
	"net/http"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Answer is a CheckResponse.
type Answer struct {
	Allowed bool
	// Header is set on the request that goes to the application, or if it is not allowed,
	// on the answer to the client.
	Header http.Header
	Remove []string // headers that do not go to the application
	Status int      // for the client, if it is not allowed
	Body   []byte   // likewise
}

// The codes of google.rpc.Status, and the ways of HeaderValueOption.
const (
	codeOK, codeDenied      = 0, 7
	appendToOthers, replace = 0, 2
)

// Message returns the answer as a CheckResponse.
func (a *Answer) Message() []byte {
	if a.Allowed {
		out := appendMessage(nil, 1, appendNumber(nil, 1, codeOK))
		return appendMessage(out, 3, a.ok())
	}
	out := appendMessage(nil, 1, appendNumber(nil, 1, codeDenied))
	return appendMessage(out, 2, a.denied())
}

// ok returns an OkHttpResponse.
func (a *Answer) ok() []byte {
	out := appendHeaders(nil, a.Header)
	for _, name := range a.Remove {
		out = appendMessage(out, 5, []byte(name))
	}
	return out
}

// denied returns a DeniedHttpResponse.
func (a *Answer) denied() []byte {
	out := appendMessage(nil, 1, appendNumber(nil, 1, uint64(a.Status)))
	out = appendHeaders(out, a.Header)
	return appendMessage(out, 3, a.Body)
}

// appendHeaders appends headers as HeaderValueOptions: the first value of a name takes
// the place of what is there, others are added.
func appendHeaders(out []byte, h http.Header) []byte {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		way := uint64(replace)
		for _, text := range h[name] {
			option := appendMessage(nil, 1, appendMessage(appendMessage(nil, 1, []byte(name)), 2, []byte(text)))
			option = appendNumber(appendNumber(option, 3, way), 4, 1) // keep_empty_value
			out, way = appendMessage(out, 2, option), appendToOthers
		}
	}
	return out
}

func appendMessage(out []byte, n protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(out, n, protowire.BytesType), message)
}

func appendNumber(out []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(out, n, protowire.VarintType), v)
}
