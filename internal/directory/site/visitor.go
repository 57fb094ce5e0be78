package site

import (
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/token"
)

// VisitorOf returns what a request says of the program that sent it.
func VisitorOf(r *http.Request) token.Visitor {
	v := token.Visitor{UserAgent: r.UserAgent()}
	if addr := web.ClientAddr(r); addr.IsValid() {
		v.Address = addr.String()
	}
	return v
}
