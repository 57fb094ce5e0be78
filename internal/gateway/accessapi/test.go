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

// test starts a real sign-in at one provider, for administrators who set it up.
// Only the person who signs in sees the claims.
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

// tested shows the result of a test. A test makes no session.
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

// stepOf returns the step of a sign-in that failed with err. It returns nil if
// err is not about a step.
func stepOf(err error) *relyingparty.StepError {
	step, _ := errors.AsType[*relyingparty.StepError](err)
	return step
}
