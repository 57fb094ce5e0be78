package extauthz

import (
	"net/http"
	"net/netip"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
	"google.golang.org/protobuf/encoding/protowire"

	"gatehouse/internal/base/fault"
)

// ErrMessage refuses a message that is not a CheckRequest about an HTTP request.
var ErrMessage = fault.New(fault.Invalid, "ext_authz_message", "The message is not a question about an HTTP request.")

// Question is a CheckRequest: the request that Envoy asks about.
type Question struct {
	Method, Host string
	Target       string      // path and query as the client sent them
	Header       http.Header // without those that HTTP/2 has in place of the request line
	Client       netip.Addr  // zero: Envoy does not say
}

// Read reads a CheckRequest. The certificate of the client is left out: it would be
// Envoy's word, and no proof.
func Read(message []byte) (*Question, error) {
	q := &Question{Header: http.Header{}}
	ok := fields(message, func(n protowire.Number, v value) bool { return n != 1 || v.message(q.attributes) })
	if !ok || q.Method == "" || q.Host == "" || q.Target == "" {
		return nil, ErrMessage
	}
	return q, nil
}

// attributes reads an AttributeContext.
func (q *Question) attributes(n protowire.Number, v value) bool {
	switch n {
	case 1: // source: a Peer
		return v.message(q.peer)
	case 4: // request
		return v.message(func(n protowire.Number, v value) bool { return n != 2 || v.message(q.http) })
	}
	return true
}

// peer reads address.socket_address.address of a Peer.
func (q *Question) peer(n protowire.Number, v value) bool {
	socket := func(n protowire.Number, v value) bool {
		if n == 2 && v.bytes != nil {
			addr, _ := netip.ParseAddr(string(v.bytes)) // the zero address if it is none
			q.Client = addr.Unmap().WithZone("")
		}
		return true
	}
	return n != 1 || v.message(func(n protowire.Number, v value) bool { return n != 1 || v.message(socket) })
}

// http reads an HttpRequest.
func (q *Question) http(n protowire.Number, v value) bool {
	switch n {
	case 2:
		q.Method = string(v.bytes)
	case 3: // headers: a map
		return q.pair(v, 2)
	case 4:
		q.Target = string(v.bytes)
	case 5:
		q.Host = string(v.bytes)
	case 13: // header_map, in place of headers: a list of HeaderValue, with raw_value
		return v.message(func(n protowire.Number, v value) bool { return n != 1 || q.pair(v, 3) })
	}
	return true
}

// pair reads a header whose value has a field number of its own.
func (q *Question) pair(v value, valueNumber protowire.Number) bool {
	var name, text string
	ok := v.message(func(n protowire.Number, v value) bool {
		switch n {
		case 1:
			name = string(v.bytes)
		case valueNumber:
			text = string(v.bytes)
		}
		return true
	})
	if strings.HasPrefix(name, ":") || strings.EqualFold(name, "host") {
		return ok
	}
	if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(text) {
		return false
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	q.Header[name] = append(q.Header[name], text)
	return ok
}

// value is the value of a field that has a length: a text, bytes or a message. Of other
// fields, bytes is nil: no question has one that matters.
type value struct{ bytes []byte }

func (v value) message(field func(protowire.Number, value) bool) bool {
	return v.bytes != nil && fields(v.bytes, field)
}

// fields calls field for each field of a message. It returns false if the message is
// broken, or if field does.
func fields(message []byte, field func(protowire.Number, value) bool) bool {
	for len(message) > 0 {
		n, kind, size := protowire.ConsumeTag(message)
		if size < 0 {
			return false
		}
		message = message[size:]
		var v value
		if kind == protowire.BytesType {
			v.bytes, size = protowire.ConsumeBytes(message)
		} else {
			size = protowire.ConsumeFieldValue(n, kind, message)
		}
		if size < 0 || !field(n, v) {
			return false
		}
		message = message[size:]
	}
	return true
}
