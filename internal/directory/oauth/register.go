package oauth

import (
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/registration"
)

// registerPath is the client registration endpoint, where a pool has one.
const registerPath = "/oauth2/register"

var errRegistration = fault.New(fault.Invalid, "oauth_registration", "The body must be one JSON object with the metadata of the application, with the type application/json.")

// metadata is what an application says of itself. Members that are not here are
// ignored. RFC 7591 §2; OpenID Connect RP-Initiated Logout §3.1.
type metadata struct {
	ClientName   string   `json:"client_name"`
	RedirectURIs []string `json:"redirect_uris"`
	LogoutURIs   []string `json:"post_logout_redirect_uris,omitempty"`
	Grants       []string `json:"grant_types"`
	Responses    []string `json:"response_types"`
	Method       string   `json:"token_endpoint_auth_method"`
	Scope        string   `json:"scope"`
}

// registered is the answer: the client, and the metadata that it got. RFC 7591 §3.2.1.
type registered struct {
	ID            string `json:"client_id"`
	Issued        int64  `json:"client_id_issued_at"`
	Secret        string `json:"client_secret,omitempty"`
	SecretExpires *int64 `json:"client_secret_expires_at,omitempty"` // 0: never
	metadata
}

// register makes an app client for an application. It reads no cookie.
func (s *Server) register(w http.ResponseWriter, r *http.Request, c call) error {
	noteRequest(w, r)
	by := registration.Caller{Network: web.Network(web.ClientAddr(r))}
	if header := r.Header.Values("Authorization"); len(header) > 0 {
		bearer, ok := parseBearer(header)
		if !ok {
			return errBearer
		}
		by.Bearer = &bearer
	}
	m, err := readMetadata(r)
	if err != nil {
		return err
	}
	made, err := s.Registrations.Register(r.Context(), c.pool, by, registration.Metadata{
		Name: m.ClientName, RedirectURIs: m.RedirectURIs, LogoutURIs: m.LogoutURIs, Grants: m.Grants, Responses: m.Responses, Method: m.Method, Scope: m.Scope,
	})
	if err != nil {
		return err
	}
	web.Note(r.Context(), slog.String("client", string(made.Client.ID)))
	return writeJSON(w, http.StatusCreated, answerOf(made))
}

func answerOf(made *registration.Registered) registered {
	c := made.Client
	out := registered{ID: string(c.ID), Issued: c.Created.Unix(), metadata: metadata{
		ClientName: c.Name, RedirectURIs: append([]string{}, c.Settings.CallbackURLs...), LogoutURIs: c.Settings.LogoutURLs,
		Grants: registration.GrantsOf(c), Responses: registration.ResponsesOf(c), Method: made.Method, Scope: strings.Join(c.Settings.Scopes, " "),
	}}
	if made.Secret != "" {
		out.Secret, out.SecretExpires = made.Secret.Reveal(), new(int64)
	}
	return out
}

// readMetadata reads the body. A web page can send its type to another site only
// after it asked the server.
func readMetadata(r *http.Request) (m metadata, err error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return m, errRegistration
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return m, web.BodyError(err, errRegistration)
	}
	if json.Unmarshal(body, &m) != nil || !strings.HasPrefix(strings.TrimLeft(string(body), " \t\r\n"), "{") {
		return m, errRegistration
	}
	return m, nil
}
