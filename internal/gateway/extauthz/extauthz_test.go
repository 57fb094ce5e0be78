package extauthz_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"

	"gatehouse/internal/gateway/extauthz"
)

// part is a field of a message: a text, or the fields of a message.
type part struct {
	number protowire.Number
	text   string
	parts  []part
	varint uint64
}

func message(parts ...part) (out []byte) {
	for _, p := range parts {
		switch {
		case p.varint != 0:
			out = protowire.AppendVarint(protowire.AppendTag(out, p.number, protowire.VarintType), p.varint)
		case p.parts != nil:
			out = protowire.AppendBytes(protowire.AppendTag(out, p.number, protowire.BytesType), message(p.parts...))
		default:
			out = protowire.AppendString(protowire.AppendTag(out, p.number, protowire.BytesType), p.text)
		}
	}
	return out
}

func in(number protowire.Number, parts ...part) part    { return part{number: number, parts: parts} }
func text(number protowire.Number, value string) part   { return part{number: number, text: value} }
func number(number protowire.Number, value uint64) part { return part{number: number, varint: value} }
func header(name, value string) part                    { return in(3, text(1, name), text(2, value)) }
func from(address string) part {
	return in(1, in(1, in(1, text(2, address), number(3, 40000))), text(4, "spiffe://x"), text(5, "a certificate"))
}
func about(parts ...part) part        { return in(4, in(1, number(1, 1700000000)), in(2, parts...)) }
func check(attributes ...part) []byte { return message(in(1, attributes...)) }
func line(method, host, target string) (parts []part) {
	return []part{text(1, "id"), text(2, method), text(4, target), text(5, host), text(6, "https"), number(9, 3), text(10, "HTTP/2")}
}
func asks(method, host, target string, h ...part) []byte {
	return check(from("203.0.113.7"), in(2), about(append(line(method, host, target), h...)...), in(10, text(1, "k"), text(2, "v")))
}

func TestRead(t *testing.T) {
	client := netip.MustParseAddr("203.0.113.7")
	for name, tt := range map[string]struct {
		message []byte
		want    *extauthz.Question
	}{
		"whole": {asks("POST", "app.example.com", "/x?y=1", header(":authority", "other.example.com"), header("host", "other.example.com"), header("cookie", "a=b; c=d"), header("x-empty", "")),
			&extauthz.Question{Method: "POST", Host: "app.example.com", Target: "/x?y=1", Client: client, Header: http.Header{"Cookie": {"a=b; c=d"}, "X-Empty": {""}}}},
		"raw headers": {asks("GET", "app.example.com", "/", in(13, in(1, text(1, "accept"), text(3, "text/html")), in(1, text(1, "accept"), text(3, "*/*")))),
			&extauthz.Question{Method: "GET", Host: "app.example.com", Target: "/", Client: client, Header: http.Header{"Accept": {"text/html", "*/*"}}}},
		"no client": {check(about(line("GET", "app.example.com", "/")...)),
			&extauthz.Question{Method: "GET", Host: "app.example.com", Target: "/", Header: http.Header{}}},
		"a client that is a pipe": {check(in(1, in(1, in(2, text(1, "/run/x")))), about(line("GET", "app.example.com", "/")...)),
			&extauthz.Question{Method: "GET", Host: "app.example.com", Target: "/", Header: http.Header{}}},
		"nothing":                 {nil, nil},
		"no host":                 {asks("GET", "", "/"), nil},
		"no method":               {asks("", "app.example.com", "/"), nil},
		"no path":                 {asks("GET", "app.example.com", ""), nil},
		"a header with a break":   {asks("GET", "app.example.com", "/", header("x-a", "b\r\nX-B: c")), nil},
		"a name with a break":     {asks("GET", "app.example.com", "/", header("x-a\n", "b")), nil},
		"a header without a name": {asks("GET", "app.example.com", "/", header("", "b")), nil},
		"cut":                     {asks("GET", "app.example.com", "/")[:40], nil},
		"a number for a message":  {message(number(1, 7)), nil},
		"headers of another kind": {asks("GET", "app.example.com", "/", number(3, 7)), nil},
	} {
		got, err := extauthz.Read(tt.message)
		if tt.want == nil {
			if !errors.Is(err, extauthz.ErrMessage) {
				t.Errorf("%s: got %+v, %v; want ErrMessage", name, got, err)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Addr{})); err != nil || diff != "" {
			t.Errorf("%s: %v, (-want +got)\n%s", name, err, diff)
		}
	}
}

// set is a HeaderValueOption.
func set(name, value string, way uint64) part {
	parts := []part{in(1, text(1, name), text(2, value))}
	return in(2, append(parts, part{number: 3, varint: way}, number(4, 1))...)
}

func TestMessage(t *testing.T) {
	for name, tt := range map[string]struct {
		answer *extauthz.Answer
		want   []byte
	}{
		"allowed": {&extauthz.Answer{Allowed: true, Header: http.Header{"X-B": {"2"}, "X-A": {"1"}}, Remove: []string{"X-C", "X-D"}},
			message(in(1, part{number: 1, text: "zero"}), in(3, set("X-A", "1", 2), set("X-B", "2", 2), text(5, "X-C"), text(5, "X-D")))},
		"denied": {&extauthz.Answer{Status: 302, Header: http.Header{"Location": {"https://x"}}, Body: []byte("hello")},
			message(in(1, number(1, 7)), in(2, in(1, number(1, 302)), set("Location", "https://x", 2), text(3, "hello")))},
	} {
		want := bytes.Replace(tt.want, []byte{0x0a, 0x06, 0x0a, 0x04, 'z', 'e', 'r', 'o'}, []byte{0x0a, 0x02, 0x08, 0x00}, 1)
		if got := tt.answer.Message(); !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%x, want\n%x", name, got, want)
		}
	}
}

func TestFrames(t *testing.T) {
	framed := extauthz.Frame([]byte("hello"))
	if got, err := extauthz.Unframe(bytes.NewReader(framed)); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	for name, bad := range map[string]string{"nothing": "", "half a head": "\x00\x00", "cut": string(framed[:8]), "compressed": "\x01" + string(framed[1:]), "too long": "\x00\xff\xff\xff\xff"} {
		if got, err := extauthz.Unframe(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
}

// What is read can be a request: it has its line, and headers that HTTP can carry. It
// is read as the same again from what it says.
func FuzzRead(f *testing.F) {
	f.Add(asks("POST", "app.example.com", "/x?y=1", header(":authority", "x"), header("cookie", "a=b; c=d")))
	f.Add(asks("GET", "app.example.com", "/", in(13, in(1, text(1, "accept"), text(3, "text/html")))))
	f.Add(message(number(1, 7)))
	f.Fuzz(func(t *testing.T, data []byte) {
		q, err := extauthz.Read(data)
		if err != nil {
			return
		}
		var headers []part
		for name, values := range q.Header {
			for _, v := range values {
				if strings.ContainsAny(name+v, "\r\n\x00") || strings.HasPrefix(name, ":") {
					t.Fatalf("header %q: %q", name, v)
				}
				headers = append(headers, header(name, v))
			}
		}
		again, err := extauthz.Read(check(from(q.Client.String()), about(append(line(q.Method, q.Host, q.Target), headers...)...)))
		if diff := cmp.Diff(q, again, cmpopts.EquateComparable(netip.Addr{})); err != nil || diff != "" {
			t.Fatalf("%v, (-first +again)\n%s", err, diff)
		}
	})
}
