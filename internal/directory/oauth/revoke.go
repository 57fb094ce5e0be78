package oauth

import (
	"errors"
	"net/http"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
)

// revoke ends the grant of a refresh token. RFC 7009.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request, c call) error {
	noteRequest(w, r)
	form, err := readForm(r)
	if err != nil {
		return err
	}
	if form.Get("token") == "" {
		return errParameter
	}
	client, err := s.authenticate(r, c, form)
	if err != nil {
		return err
	}
	err = s.Tokens.Revoke(r.Context(), client, seal.Secret(form.Get("token")), false)
	if err != nil && !errors.Is(err, token.ErrWrongClient) { // another client's token is answered as an unknown one
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
