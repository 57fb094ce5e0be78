package accessapi

import (
	"net/http"
	"strconv"
)

// The number of objects on a page of a list.
const (
	defaultPerPage = 100
	maxPerPage     = 1000
)

// listPage is the page of a list that a request asks for.
type listPage struct{ number, size int }

// pageOf reads page and per_page from the query. It fails with ErrPaging.
func pageOf(r *http.Request) (p listPage, err error) {
	if p.number, err = number(r, "page", 1, 1<<31-1); err != nil {
		return p, err
	}
	p.size, err = number(r, "per_page", defaultPerPage, maxPerPage)
	return p, err
}

// bounds returns the part of a list of total objects that is on this page. A
// page after the last one is empty: clients ask for pages until one is empty.
func (p listPage) bounds(total int) (from, to int) {
	start := min(int64(total), int64(p.number-1)*int64(p.size))
	return int(start), int(min(start+int64(p.size), int64(total)))
}

func (p listPage) info(count, total int) *resultInfo {
	return &resultInfo{Page: p.number, PerPage: p.size, Count: count, TotalCount: total, TotalPages: (total + p.size - 1) / p.size}
}

// number reads a number from the query.
func number(r *http.Request, name string, absent, limit int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > limit {
		return 0, ErrPaging.Saying("%s must be a number from 1 to %d", name, limit)
	}
	return n, nil
}
