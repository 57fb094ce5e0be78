package cognitoapi

import (
	"context"
	"encoding/xml"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
)

// ErrEncryption means that an upload asks for an encryption that is not offered.
var ErrEncryption = fault.New(fault.Invalid, "upload_encryption", "The encryption of the upload must be aws:kms.")

// Uploads takes the files of import jobs, at the URLs that CreateUserImportJob
// returns. Cognito's URLs are presigned ones of S3, so the answers have S3's form.
type Uploads struct{ Imports *userimport.Engine }

const (
	uploadPattern = "PUT /{pool}/import-jobs/{job}"
	// signatureParameter proves that the URL is ours, as in S3's URLs.
	signatureParameter = "X-Amz-Signature"
	encryptionHeader   = "x-amz-server-side-encryption"

	uploadPause = time.Minute      // without a byte
	uploadLimit = 30 * time.Minute // of one upload
)

// Before returns a handler that takes uploads, and sends other requests to next.
func (u *Uploads) Before(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(uploadPattern, web.Within(uploadLimit, u))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == uploadPattern {
			mux.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP keeps the file that a request has.
func (u *Uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	web.NoteEdge(ctx, "cognitoapi")
	web.Note(ctx, slog.String("operation", "UploadUserImportFile"), slog.String("job", r.PathValue("job")))
	web.NoStore(w.Header())
	id := requestIDOf(ctx)
	w.Header().Set("x-amz-request-id", id)
	if err := u.take(w, r); err != nil {
		writeUploadError(ctx, w, err, id)
		return
	}
	w.Header().Set(encryptionHeader, "aws:kms")
	w.WriteHeader(http.StatusOK)
}

func (u *Uploads) take(w http.ResponseWriter, r *http.Request) error {
	// The commands of Cognito's guide send the header. A program may leave it out.
	if asked := r.Header.Get(encryptionHeader); asked != "" && asked != "aws:kms" {
		return ErrEncryption
	}
	if r.ContentLength > userimport.MaxFile {
		w.Header().Set("Connection", "close") // the rest is not read
		return userimport.ErrTooLarge
	}
	web.Steady(w, r, uploadPause)
	secret := seal.Secret(r.URL.Query().Get(signatureParameter))
	return u.Imports.Upload(r.Context(), userpool.PoolID(r.PathValue("pool")), userimport.ID(r.PathValue("job")), secret, r.Body)
}

// uploadStatuses are the statuses of S3's errors, where they are not 400.
var uploadStatuses = map[string]int{
	"AccessDenied": http.StatusForbidden, "SignatureDoesNotMatch": http.StatusForbidden, "PreconditionNotMetException": http.StatusConflict,
}

// uploadError is an error in the form of S3.
type uploadError struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
}

func writeUploadError(ctx context.Context, w http.ResponseWriter, err error, id string) {
	web.NoteError(ctx, err)
	e, status := uploadErrorOf(err)
	e.RequestID = id
	if status == http.StatusServiceUnavailable {
		web.RetryLater(w.Header())
	}
	body, _ := xml.Marshal(e) // it has texts alone
	body = append([]byte(xml.Header), body...)
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // an error means that the client has closed the connection
}

func uploadErrorOf(err error) (e uploadError, status int) {
	if name := exceptionOf(nil, err); name != "" && !errors.Is(err, context.DeadlineExceeded) {
		e = uploadError{Code: name, Message: fault.As(err).Message}
		if status = uploadStatuses[name]; status == 0 {
			status = http.StatusBadRequest
		}
		return e, status
	}
	if fault.KindOf(err) == fault.Unavailable {
		return uploadError{Code: "ServiceUnavailable", Message: "The service is not available at the moment."}, http.StatusServiceUnavailable
	}
	return uploadError{Code: "InternalError", Message: "We encountered an internal error. Please try again."}, http.StatusInternalServerError
}
