package web

import (
	"net/http"
	"net/url"
	"strings"
)

// grpcCodes are the gRPC codes of HTTP statuses; others are UNKNOWN.
var grpcCodes = map[int]string{
	http.StatusBadRequest:         "13", // INTERNAL
	http.StatusUnauthorized:       "16", // UNAUTHENTICATED
	http.StatusForbidden:          "7",  // PERMISSION_DENIED
	495:                           "7",  // a client's certificate is missing or bad
	http.StatusNotFound:           "12", // UNIMPLEMENTED
	http.StatusMisdirectedRequest: "12",
	http.StatusTooManyRequests:    "8",  // RESOURCE_EXHAUSTED
	http.StatusBadGateway:         "14", // UNAVAILABLE
	http.StatusServiceUnavailable: "14",
	http.StatusGatewayTimeout:     "4", // DEADLINE_EXCEEDED
}

// SpeaksGRPC reports whether a request is a call of gRPC or gRPC-Web. Such a client
// reads no page, and of an HTTP status only that something failed.
func SpeaksGRPC(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// RefuseGRPC writes an error as gRPC has it: status 200, and trailers in the
// headers (gRPC over HTTP/2, "Trailers-Only"). gRPC-Web reads them there too. The
// code follows from the HTTP status that other clients would get.
func RefuseGRPC(w http.ResponseWriter, r *http.Request, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", grpcType(r))
	h.Set("Grpc-Status", grpcCode(status))
	h.Set("Grpc-Message", url.PathEscape(text))
	w.WriteHeader(http.StatusOK)
}

// EndGRPC makes an answer of gRPC that has begun end with an error, in its trailers. h
// are the headers of the answer, which must have no declared length.
func EndGRPC(h http.Header, status int, text string) {
	h[http.TrailerPrefix+"Grpc-Status"] = []string{grpcCode(status)}
	h[http.TrailerPrefix+"Grpc-Message"] = []string{url.PathEscape(text)}
}

// EndsInTrailers reports whether an answer to a request is one of gRPC that can end with
// an error after it has begun. gRPC-Web has its trailers in the body, of which a message
// may be half sent.
func EndsInTrailers(r *http.Request, answer http.Header) bool {
	return r.ProtoMajor >= 2 && isGRPC(r.Header) && isGRPC(answer) && answer.Get("Content-Length") == ""
}

func isGRPC(h http.Header) bool {
	kind := h.Get("Content-Type")
	return strings.HasPrefix(kind, "application/grpc") && !strings.HasPrefix(kind, "application/grpc-web")
}

func grpcCode(status int) string {
	if code := grpcCodes[status]; code != "" {
		return code
	}
	return "2" // UNKNOWN
}

// grpcType is the content type of an answer to a gRPC request. Clients of gRPC-Web
// refuse another one.
func grpcType(r *http.Request) string {
	if asked := r.Header.Get("Content-Type"); strings.HasPrefix(asked, "application/grpc-web") {
		return asked
	}
	return "application/grpc"
}
