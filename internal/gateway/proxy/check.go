package proxy

import (
	"bytes"
	"errors"
	"net/http"

	"gatehouse/internal/gateway/extauthz"
)

// answerCheck answers a question of Envoy's by gRPC.
func (l *live) answerCheck(w http.ResponseWriter, r *http.Request) error {
	message, err := extauthz.Unframe(r.Body)
	if err != nil {
		return err
	}
	q, err := extauthz.Read(message)
	if err != nil {
		return err
	}
	if !q.Client.IsValid() {
		return ErrQuestion.Because(errors.New("the question does not name the client's address"))
	}
	kept := &keptAnswer{answerHead: answerHead{header: http.Header{}}}
	a := &inquiry{ResponseWriter: kept, by: envoyGRPC}
	l.ask(a, r, &original{method: q.Method, host: q.Host, target: q.Target, client: q.Client, header: q.Header})
	return writeCheck(w, kept.answerTo(a))
}

// keptAnswer keeps an answer of the chain, which travels in a message.
type keptAnswer struct {
	answerHead
	body bytes.Buffer
}

func (k *keptAnswer) Write(p []byte) (int, error) { return k.body.Write(p) }

func (k *keptAnswer) answerTo(a *inquiry) *extauthz.Answer {
	if a.allowed {
		return &extauthz.Answer{Allowed: true, Header: a.set, Remove: a.remove}
	}
	for name := range k.header {
		if ofConnection(name) {
			delete(k.header, name)
		}
	}
	return &extauthz.Answer{Status: k.status, Header: k.header, Body: k.body.Bytes()}
}

// writeCheck writes the answer to a call of gRPC: the message, and the status of the call
// behind it.
func writeCheck(w http.ResponseWriter, answer *extauthz.Answer) error {
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set("Trailer", "Grpc-Status")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(extauthz.Frame(answer.Message()))
	h.Set("Grpc-Status", "0")
	return ignoreGone(err)
}
