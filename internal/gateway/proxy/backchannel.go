package proxy

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// pathBackchannel is where the identity provider says that it has signed a person
// out. It is registered there as the back-channel logout URI.
const pathBackchannel = "/.pomerium/backchannel-logout"

// ErrLogoutToken refuses a message that does not prove that it comes from the
// identity provider.
var ErrLogoutToken = fault.New(fault.Invalid, "logout_token", "The logout token is not valid.")

// backchannelLogout ends the sessions that the identity provider ended; OpenID
// Connect Back-Channel Logout §2.5 to §2.8.
func (p *pomerium) backchannelLogout(w http.ResponseWriter, r *http.Request) error {
	web.NoStore(w.Header())
	if err := r.ParseForm(); err != nil {
		return web.BodyError(err, ErrLogoutToken)
	}
	said, err := p.readLogout(r.Context(), seal.Secret(r.PostForm.Get("logout_token")))
	if err != nil {
		return err
	}
	n, err := p.sessions.EndOnce(r.Context(), session.Scope{Origin: session.Origin{
		Issuer: said.Issuer, Subject: said.Subject, ProviderSession: said.ProviderSession,
	}}, "logout "+said.Issuer+" "+said.TokenID, said.Until)
	if errors.Is(err, session.ErrSpent) {
		return ErrLogoutToken.Because(err)
	}
	if err != nil {
		return session.ErrUnavailable.Because(err)
	}
	web.Note(r.Context(), slog.Int("sessions_ended", n))
	w.WriteHeader(http.StatusOK)
	return nil
}

// readLogout verifies a logout token: one of the providers must have made it. While a
// provider that may have made it does not answer, the token may be sent again.
func (p *pomerium) readLogout(ctx context.Context, token seal.Secret) (*relyingparty.Logout, error) {
	var refused, away error = ErrNoProvider, nil
	for _, provider := range p.allProviders() {
		reader, ok := provider.(interface {
			ReadLogout(ctx context.Context, token seal.Secret) (*relyingparty.Logout, error)
		})
		if !ok {
			continue
		}
		said, err := reader.ReadLogout(ctx, token)
		switch {
		case err == nil:
			return said, nil
		case errors.Is(err, relyingparty.ErrUnreachable):
			away = err
		default:
			refused = ErrLogoutToken.Because(err)
		}
	}
	return nil, cmp.Or(away, refused)
}

func (p *pomerium) allProviders() []relyingparty.Provider {
	if p.providers == nil {
		return nil
	}
	return p.providers.All()
}
