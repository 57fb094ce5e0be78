package oauth

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

var errSelfScope = fault.New(fault.Denied, "oauth_self_scope", "The access token does not have the scope aws.cognito.signin.user.admin.")

// RecoveryCodes gives users recovery codes; package signin's engine does.
type RecoveryCodes interface {
	NewRecoveryCodes(ctx context.Context, p *userpool.Pool, u *user.User) ([]seal.Secret, error)
}

// recoveryCodes tells the user of an access token how many recovery codes are left
// (GET), or gives new ones (POST). It is an addition: Cognito has no such codes, so no
// operation of its API could answer with them.
func (s *Server) recoveryCodes(w http.ResponseWriter, r *http.Request, c call) error {
	web.NoStore(w.Header())
	if s.Limit != nil {
		if err := s.Limit(ratelimit.UserResourceUpdate); err != nil {
			return err
		}
	}
	bearer, ok := parseBearer(r.Header.Values("Authorization"))
	if !ok {
		return errBearer
	}
	access, err := s.Tokens.VerifyAccess(r.Context(), bearer, userpool.ScopeUserAdmin)
	switch {
	case errors.Is(err, token.ErrAccessScope):
		return errSelfScope
	case err != nil:
		return err
	case access.Pool.ID != c.pool.ID:
		return token.ErrAccessInvalid
	case r.Method == http.MethodGet:
		return writeJSON(w, http.StatusOK, map[string]int{"remaining": access.User.RecoveryCodesLeft(access.Pool)})
	}
	codes, err := s.Recovery.NewRecoveryCodes(r.Context(), access.Pool, access.User)
	if err != nil {
		return err
	}
	shown := make([]string, len(codes))
	for i, code := range codes {
		shown[i] = code.Reveal()
	}
	return writeJSON(w, http.StatusOK, map[string][]string{"recovery_codes": shown})
}
