package proxy

import (
	"context"
	"log/slog"
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

// A person ends their own sessions at the authenticate host, by a form of the page
// "Your identity".

const (
	pathSessions = "/.pomerium/sessions"
	fieldSession = "session"
	everySession = "all" // no id of a session is so short
)

// endSessions takes the form.
func (p *pomerium) endSessions(w http.ResponseWriter, r *http.Request) error {
	here, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	if here == nil {
		redirect(w, pathIdentity, http.StatusSeeOther)
		return nil
	}
	if err := p.csrf.check(r, here.ID); err != nil {
		return err
	}
	switch which := r.PostForm.Get(fieldSession); which {
	case everySession:
		return p.endEverywhere(w, r, here)
	case string(here.ID):
		return p.endSession(w, r, here)
	default:
		return p.endAnother(w, r, here, session.ID(which))
	}
}

// endAnother ends a session of the same person. One of somebody else is treated as
// one that is over.
func (p *pomerium) endAnother(w http.ResponseWriter, r *http.Request, here *session.Session, id session.ID) error {
	another, err := authenticate.Living(r.Context(), p.sessions, id)
	if err != nil {
		return err
	}
	if another != nil && here.Person().Covers(another.ID, another.Origin) {
		if _, err := p.delete(r.Context(), another); err != nil {
			return err
		}
	}
	redirect(w, pathIdentity+"#sessions", http.StatusSeeOther)
	return nil
}

// endEverywhere ends every session of a person, and signs out at the provider.
func (p *pomerium) endEverywhere(w http.ResponseWriter, r *http.Request, here *session.Session) error {
	ctx := r.Context()
	all, err := p.sessions.OfPerson(ctx, here)
	if err != nil {
		return err
	}
	n, err := p.sessions.End(ctx, here.Person())
	if err != nil {
		return session.ErrUnavailable.Because(err)
	}
	web.Note(ctx, slog.String("user", here.Identity.UserID), slog.Int("ended_sessions", n))
	p.revoke(ctx, all...)
	own := session.Held{Session: here} // it may have ended a moment ago
	for _, s := range all {
		if s.ID == here.ID {
			own = s
		}
	}
	p.leave(w, r, own)
	return nil
}

// leave sends a browser on whose session has ended.
func (p *pomerium) leave(w http.ResponseWriter, r *http.Request, s session.Held) {
	p.clearSession(w, r)
	p.forget(w, r)
	authenticate.ClearCache(w.Header())
	redirect(w, p.afterSignOut(r.Context(), s), http.StatusSeeOther)
}

// listDevices adds to a page which devices its person has enrolled.
func (p *pomerium) listDevices(ctx context.Context, to *identityPage) {
	if to.withDevices = p.withDevices; !p.withDevices {
		return
	}
	var err error
	if to.devices, err = p.devices.OfPerson(ctx, to.Session); err != nil {
		web.NoteError(ctx, err)
		to.withDevices = false
	}
}

// listSessions adds to a page where its person is signed in.
func (p *pomerium) listSessions(ctx context.Context, to *identityPage) {
	all, err := p.sessions.OfPerson(ctx, to.Session)
	if err != nil {
		web.NoteError(ctx, err)
		to.unlisted = true
	}
	for _, s := range all {
		to.sessions = append(to.sessions, s.Session)
	}
}
