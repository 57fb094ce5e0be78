package proxy

import (
	"encoding/json"
	"errors"
	"net/http"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
)

// answers writes what the gateway itself says: pages, errors, redirects. Each
// has the header X-Pomerium-Intercepted-Response.
type answers struct{ forms web.Bodies }

// render writes an error in the form that the client accepts.
func (a *answers) render(w http.ResponseWriter, r *http.Request, err error) {
	failed := answerOf(err)
	failed.retry = retryOf(r, err)
	id := web.RequestID(r.Context())
	intercepted(w)
	web.NoStore(w.Header())
	switch failed.status {
	case http.StatusServiceUnavailable:
		web.RetryLater(w.Header())
	case http.StatusUnauthorized: // RFC 9110 §15.5.2
		if w.Header().Get("WWW-Authenticate") == "" { // else it says more
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
	}
	said := map[string]string{"error": failed.text, "request_id": id}
	if signIn, ok := errors.AsType[*signInError](err); ok {
		w.Header().Set(headerSignIn, signIn.url)
		said["sign_in_url"] = signIn.url
	}
	var writing error
	switch formOfError(r, err) {
	case formKubernetes:
		writing = writeJSON(w, failed.status, kubernetesStatus(failed.status, failed.text))
	case formJSON:
		writing = writeJSON(w, failed.status, said)
	case formPlain:
		writePlain(w, failed.status, failed.text, id)
	case formGRPC:
		web.RefuseGRPC(w, r, failed.status, failed.text)
	default:
		writing = a.page(w, failed.status, failed.doc(id))
	}
	if writing != nil {
		writePlain(w, http.StatusInternalServerError, "Something went wrong on our side.", id)
	}
}

// formOfError returns the form of an answer to an error.
func formOfError(r *http.Request, err error) form {
	if isProgramsError(err) {
		return formForProgram(r)
	}
	return formOf(r)
}

// page writes a page of the gateway's own.
func (a *answers) page(w http.ResponseWriter, status int, d page.Doc) error {
	intercepted(w)
	return page.Write(w, status, d)
}

// handle registers a handler of the gateway's own.
func (a *answers) handle(mux *http.ServeMux, pattern string, h web.Handler) {
	mux.Handle(pattern, web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		intercepted(w)
		defer a.forms.Form(w, r)()
		return h(w, r)
	}, a.render))
}

// intercepted marks an answer as the gateway's own. Pomerium: the header is
// "true" on every such answer.
func intercepted(w http.ResponseWriter) { w.Header().Set(headerIntercepted, "true") }

// redirect answers with a redirect of the gateway's own.
func redirect(w http.ResponseWriter, to string, status int) {
	intercepted(w)
	authenticate.Redirect(w, to, status)
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	intercepted(w)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Cache-Control") == "" {
		web.NoStore(h)
	}
	w.WriteHeader(status)
	_, err = w.Write(body)
	return ignoreGone(err)
}

func writePlain(w http.ResponseWriter, status int, text, id string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if id != "" {
		text += " (request " + id + ")"
	}
	_, err := w.Write([]byte(text + "\n"))
	_ = ignoreGone(err)
}

// ignoreGone drops the error of writing an answer: a client that has gone
// can't be told anything.
func ignoreGone(error) error { return nil }
