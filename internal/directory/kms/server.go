package kms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/codekey"
)

// targetPrefix is how the name of every operation of the service begins.
const targetPrefix = "TrentService."

const contentType = "application/x-amz-json-1.1"

// Asked reports whether a request is for this service, and not for another one at
// the same address.
func Asked(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
}

// Server answers the requests. It has one operation.
type Server struct {
	Keys *codekey.Keys

	// Authenticate checks the signature of a request with that body.
	Authenticate func(ctx context.Context, r *http.Request, body []byte) error

	bodies web.Bodies
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	web.NoteEdge(ctx, "kms")
	w.Header().Set("x-amzn-RequestId", web.RequestID(ctx))
	web.NoStore(w.Header())
	out, err := s.serve(w, r)
	if err != nil {
		web.NoteError(ctx, err)
		e := exceptionOf(err)
		web.Note(ctx, slog.String("exception", e.name))
		w.Header().Set("x-amzn-ErrorType", e.name)
		if e.status == http.StatusServiceUnavailable {
			web.RetryLater(w.Header())
		}
		write(w, e.status, map[string]string{"__type": e.name, "message": e.text(ctx, err)})
		return
	}
	write(w, http.StatusOK, out)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) (*decrypted, error) {
	if targets := r.Header.Values("X-Amz-Target"); len(targets) != 1 || targets[0] != targetPrefix+"Decrypt" {
		return nil, errOperation
	}
	web.Note(r.Context(), slog.String("operation", "Decrypt"))
	defer s.bodies.Form(w, r)() // no request for Decrypt is larger than a form. AWS: a ciphertext has at most 6,144 bytes
	body, err := io.ReadAll(r.Body)
	switch {
	case errors.Is(err, web.ErrBusy):
		return nil, err
	case err != nil:
		return nil, errBody.Because(err)
	}
	if err := s.Authenticate(r.Context(), r, body); err != nil {
		return nil, err
	}
	var in decrypt
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, errBody.Because(err)
	}
	return s.decrypt(in)
}

// decrypt is a request. Grant tokens are left unread: there are no grants.
type decrypt struct {
	Ciphertext []byte            `json:"CiphertextBlob"`
	Context    map[string]string `json:"EncryptionContext"`
	Key        string            `json:"KeyId"`
	Algorithm  string            `json:"EncryptionAlgorithm"`
	DryRun     bool              `json:"DryRun"`
	Recipient  json.RawMessage   `json:"Recipient"`
}

type decrypted struct {
	Algorithm string `json:"EncryptionAlgorithm"`
	Key       string `json:"KeyId"`
	Plaintext []byte `json:"Plaintext"`
}

// symmetric is the only algorithm of the keys.
const symmetric = "SYMMETRIC_DEFAULT"

func (s *Server) decrypt(in decrypt) (*decrypted, error) {
	if in.Algorithm != "" && in.Algorithm != symmetric {
		return nil, errAlgorithm
	}
	if in.DryRun || len(in.Recipient) > 0 && string(in.Recipient) != "null" {
		return nil, errUnoffered
	}
	arn, key, err := s.Keys.Decrypt(in.Key, in.Context, in.Ciphertext)
	if err != nil {
		return nil, err
	}
	return &decrypted{Algorithm: symmetric, Key: arn, Plaintext: []byte(key.Reveal())}, nil
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error means that the client has closed the connection
}
