package accessapi

import (
	"errors"
	"log/slog"
	"net/http"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/relyingparty"
)

// testList shows the providers, each with the link that tests it.
func (a *API) testList(w http.ResponseWriter, r *http.Request) error {
	all, err := a.cfg.Engine.Providers.List(r.Context())
	if err != nil {
		return err
	}
	return page.Write(w, http.StatusOK, testListDoc(all, a.team+pathCallback))
}

// test starts a real sign-in at one provider. It is for administrators who set
// one up, and shows nobody but the person who signs in their own claims.
func (a *API) test(w http.ResponseWriter, r *http.Request) error {
	p, err := a.cfg.Engine.Providers.Working(r.Context(), r.PathValue("id"))
	if p != nil && err != nil {
		return a.tested(w, r, p, nil, err)
	}
	if err != nil {
		return err
	}
	return a.begin(w, r, p, destination{Test: true}, false)
}

// tested shows how a test ended. It has made no session.
func (a *API) tested(w http.ResponseWriter, r *http.Request, p *access.Working, done *relyingparty.Finished, err error) error {
	if err == nil {
		web.Note(r.Context(), slog.String("identity_provider_test", "passed"))
		return page.Write(w, http.StatusOK, passedDoc(p.IdentityProvider, done.Result))
	}
	f, text := failureOf(err)
	web.NoteError(r.Context(), err)
	web.Note(r.Context(), slog.String("identity_provider_test", "failed"))
	return page.Write(w, f.status, failedDoc(failedTest{
		provider: p.IdentityProvider, text: text, step: stepOf(err), callback: a.team + pathCallback, request: web.RequestID(r.Context()),
	}))
}

// stepOf returns what is known of the step that failed; nil: none did.
func stepOf(err error) *relyingparty.StepError {
	step, _ := errors.AsType[*relyingparty.StepError](err)
	return step
}
