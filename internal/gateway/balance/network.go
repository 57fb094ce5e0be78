package balance

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Network is how checks reach hosts: as the requests of the route do.
type Network struct {
	// Transport sends requests. With http2, also to hosts without TLS by HTTP/2.
	Transport func(http2 bool) http.RoundTripper
	Dial      func(ctx context.Context, u *url.URL) (net.Conn, error)
}

func (n Network) prober(t Target, c *Check) prober {
	switch {
	case c.HTTP != nil:
		transport := n.Transport(c.HTTP.HTTP2)
		return func(ctx context.Context) error { return c.HTTP.ask(ctx, transport, t.URL) }
	case c.GRPC != nil:
		transport := n.Transport(true)
		return func(ctx context.Context) error { return c.GRPC.ask(ctx, transport, t.URL) }
	}
	return func(ctx context.Context) error { return c.TCP.ask(ctx, n.Dial, t.URL) }
}

func (c *HTTPCheck) ask(ctx context.Context, transport http.RoundTripper, to *url.URL) error {
	resp, err := transport.RoundTrip(c.request(ctx, to))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	expected := c.Expected
	if len(expected) == 0 {
		expected = []Range{{200, 201}}
	}
	switch {
	case within(c.Retriable, resp.StatusCode) && !within(expected, resp.StatusCode):
		return fmt.Errorf("the health check got the status %d", resp.StatusCode)
	case !within(expected, resp.StatusCode):
		return certain{fmt.Errorf("the health check got the status %d", resp.StatusCode)}
	}
	room := c.Room
	if room == 0 {
		room = 1024
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(room)))
	if err != nil {
		return err
	}
	if !inOrder(body, c.Receive) {
		return errors.New("the health check got another answer than expected")
	}
	return nil
}

func (c *HTTPCheck) request(ctx context.Context, to *url.URL) *http.Request {
	u := *to
	u.Path, u.RawQuery, _ = strings.Cut(c.Path, "?")
	if u.Path == "" {
		u.Path = "/"
	}
	r := &http.Request{Method: c.Method, URL: &u, Host: c.Host, Header: http.Header{"User-Agent": {"Gatehouse-Health-Check"}}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	for name, values := range c.Set {
		r.Header[name] = values
	}
	for _, name := range c.Remove {
		r.Header[name] = nil // also what the transport would add
	}
	return r.WithContext(ctx)
}

func within(ranges []Range, n int) bool {
	return slices.ContainsFunc(ranges, func(r Range) bool { return n >= r.Start && n < r.End })
}

// inOrder reports whether text has all blocks one after the other.
func inOrder(text []byte, blocks [][]byte) bool {
	for _, b := range blocks {
		i := bytes.Index(text, b)
		if i < 0 {
			return false
		}
		text = text[i+len(b):]
	}
	return true
}

func (c *TCPCheck) ask(ctx context.Context, dial func(context.Context, *url.URL) (net.Conn, error), to *url.URL) error {
	conn, err := dial(ctx, to)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err := conn.Write(c.Send); len(c.Send) > 0 && err != nil {
		return err
	}
	return c.read(conn)
}

// read reads until all that is awaited has come.
func (c *TCPCheck) read(conn io.Reader) error {
	var got []byte
	for buf := make([]byte, 1024); !inOrder(got, c.Receive); {
		n, err := conn.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil && !inOrder(got, c.Receive) {
			return fmt.Errorf("the health check got another answer than expected: %w", err)
		}
		if len(got) > 64<<10 {
			return errors.New("the health check got another answer than expected")
		}
	}
	return nil
}

// ask calls grpc.health.v1.Health/Check: one message with the name of the service,
// one with its state.
func (c *GRPCCheck) ask(ctx context.Context, transport http.RoundTripper, to *url.URL) error {
	u := *to
	u.Path = "/grpc.health.v1.Health/Check"
	body := grpcFrame(protoText(1, c.Service))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Host = c.Authority
	for name, values := range c.Metadata {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/grpc")
	r.Header.Set("Te", "trailers")
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	return grpcServing(resp, answer)
}

// grpcServing returns nil if an answer says SERVING.
func grpcServing(resp *http.Response, body []byte) error {
	status := resp.Trailer.Get("Grpc-Status")
	if status == "" {
		status = resp.Header.Get("Grpc-Status")
	}
	if resp.StatusCode != http.StatusOK || status != "0" {
		return fmt.Errorf("the health check got the status %d and the gRPC status %q", resp.StatusCode, status)
	}
	if len(body) < 5 || !bytes.Equal(body[5:], []byte{1 << 3, 1}) { // field 1, SERVING
		return errors.New("the health check got another state than SERVING")
	}
	return nil
}

// grpcFrame puts the prefix of gRPC before a message.
func grpcFrame(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

// protoText encodes a text field of protobuf; an empty one is left out.
func protoText(field int, text string) []byte {
	if text == "" {
		return nil
	}
	b := binary.AppendUvarint([]byte{byte(field<<3 | 2)}, uint64(len(text)))
	return append(b, text...)
}
