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

// change lets the connections of an exchange change their protocol (RFC 9110 §7.8), and
// joins them until one ends.
func (p *relay) change(ctx context.Context, r *http.Request, x *exchange, res *http.Response) {
	defer res.Body.Close()
	upstream, ok := res.Body.(io.ReadWriteCloser)
	if !ok || x.protocol == "" || !strings.EqualFold(x.protocol, upgradeOf(res.Header)) {
		p.upstreamFailed(ctx, r, x, errProtocol)
		return
	}
	p.modifyResponse(ctx, x, res)
	client, err := x.hijack()
	if err != nil {
		p.upstreamFailed(ctx, r, x, err)
		return
	}
	defer client.Close()
	defer atEnd(ctx, func() {
		client.cut()
		upstream.Close()
	})()
	web.NoteStatus(ctx, http.StatusSwitchingProtocols)
	if x.answerChange(client, res) == nil {
		x.join(client, &upgradedBody{&x.body, upstream})
	}
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
