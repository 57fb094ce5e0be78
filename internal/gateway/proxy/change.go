package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/web"
)

var errProtocol = errors.New("the upstream changed to another protocol than the client asked for")

// lasting returns a context for an exchange. If its connection is to change its protocol,
// that may go on after the handler, with which ctx ends: the exchange does so too, until
// x.keep is called.
func (x *exchange) lasting(ctx context.Context) context.Context {
	if x.protocol == "" {
		return ctx
	}
	return x.outlast(ctx)
}

// outlast returns a context for an exchange that may go on after its handler, as lasting
// does.
func (x *exchange) outlast(ctx context.Context) context.Context {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	x.keep = context.AfterFunc(ctx, cancel)
	return lasting
}

// change lets the connections of an exchange change their protocol (RFC 9110 §7.8), and
// joins them until one ends.
func (p *relay) change(ctx context.Context, r *http.Request, x *exchange, res *http.Response) {
	upstream, ok := res.Body.(io.ReadWriteCloser)
	if !ok || x.protocol == "" || !strings.EqualFold(x.protocol, upgradeOf(res.Header)) {
		res.Body.Close()
		p.upstreamFailed(ctx, r, x, errProtocol)
		return
	}
	p.modifyResponse(ctx, x, res)
	client, err := x.hijack()
	if err != nil {
		upstream.Close()
		p.upstreamFailed(ctx, r, x, err)
		return
	}
	web.NoteStatus(ctx, http.StatusSwitchingProtocols)
	c := &changed{x: x, client: client, upstream: upstream}
	c.stop = atEnd(ctx, c.cut)
	if x.answerChange(client, res) != nil {
		c.close()
		return
	}
	p.afterHandler(ctx, x, c.join)
}

// afterHandler has do called after the handler of an exchange whose context outlasts it,
// or at once if nobody observes the request. The exchange is over with do.
func (f *forwarder) afterHandler(ctx context.Context, x *exchange, do func()) {
	if !web.GoOn(ctx, func() {
		defer f.over(x)
		do()
	}) {
		do()
		return
	}
	x.goesOn = true
	if !x.keep() { // the request has ended, and so does what comes after it
		x.abort()
	}
}

// changed are the two connections of an exchange that have changed their protocol.
type changed struct {
	x        *exchange
	client   *tunnelConn
	upstream io.ReadWriteCloser
	stop     func() // of cut, at the end of the exchange
}

// join joins the connections until one ends, and closes both.
func (c *changed) join() {
	defer c.close()
	c.x.join(c.client, &upgradedBody{&c.x.body, c.upstream})
}

func (c *changed) cut() {
	c.client.cut()
	c.upstream.Close()
}

func (c *changed) close() {
	c.stop()
	c.client.Close()
	c.upstream.Close()
}

// answerChange tells the client that the protocol changes.
func (x *exchange) answerChange(client io.Writer, res *http.Response) error {
	moveHeaders(x.answer.Header(), res.Header)
	var head bytes.Buffer
	res.Header, res.Body = x.answer.Header(), nil // without a body, Write writes the head alone
	if err := res.Write(&head); err != nil {
		return err
	}
	_, err := client.Write(head.Bytes())
	return err
}

// upgradeOf returns the protocol to which a message changes the connection, "" for none.
func upgradeOf(h http.Header) string {
	if !httpguts.HeaderValuesContainsToken(h["Connection"], "Upgrade") {
		return ""
	}
	return h.Get("Upgrade")
}
