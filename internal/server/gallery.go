package server

import (
	"net/http"

	"gatehouse/internal/base/page"
)

// Gallery returns the pages that belong to no edge, in every state.
func Gallery() []page.Sample {
	const id = "5f0c9f3a-7c9e-4d55-a4a3-1d0b5e6a2c11"
	production, development := unanswered{}, unanswered{home: "#home"}
	return []page.Sample{
		{Name: "no-such-host", Status: http.StatusMisdirectedRequest, Doc: noSuchHostPage("wiki.example.com", "", id)},
		{Name: "no-such-host-dev", Status: http.StatusMisdirectedRequest, Doc: noSuchHostPage("127.0.0.1", "#home", id)},
		{Name: "may-be-a-host", Status: http.StatusServiceUnavailable, Doc: mayBeHostPage(&page.Link{Label: "Try again", Href: "#again"}, id)},
		{Name: "not-a-host", Status: http.StatusBadRequest, Doc: notAHostPage(id)},
		{Name: "too-many-cookies", Status: http.StatusRequestHeaderFieldsTooLarge, Doc: tooManyCookiesPage("#again", id)},
		{Name: "too-long-address", Status: http.StatusRequestHeaderFieldsTooLarge, Doc: longAddressPage(id)},
		{Name: "not-this-machine", Status: http.StatusForbidden, Doc: notThisMachinePage(id)},
		{Name: "foreign-page", Status: http.StatusForbidden, Doc: foreignPage(id)},
		{Name: "no-start-page", Status: http.StatusNotFound, Doc: production.page("GET", "/", http.StatusNotFound, id)},
		{Name: "not-found", Status: http.StatusNotFound, Doc: development.page("GET", "/nothing", http.StatusNotFound, id)},
		{Name: "for-programs", Status: http.StatusMethodNotAllowed, Doc: production.page("GET", "/oauth2/token", http.StatusMethodNotAllowed, id)},
	}
}
