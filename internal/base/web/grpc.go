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
	code := grpcCodes[status]
	if code == "" {
		code = "2" // UNKNOWN
	}
	h := w.Header()
	h.Set("Content-Type", grpcType(r))
	h.Set("Grpc-Status", code)
	h.Set("Grpc-Message", url.PathEscape(text))
	w.WriteHeader(http.StatusOK)
}

// grpcType is the content type of an answer to a gRPC request. Clients of gRPC-Web
// refuse another one.
func grpcType(r *http.Request) string {
	if asked := r.Header.Get("Content-Type"); strings.HasPrefix(asked, "application/grpc-web") {
		return asked
	}
	return "application/grpc"
}
