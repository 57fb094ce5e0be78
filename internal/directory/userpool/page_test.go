package userpool_test

import (
	"slices"
	"testing"

	"gatehouse/internal/directory/userpool"
)

func TestPageSize(t *testing.T) {
	for asked, want := range map[int]int{-1: 60, 0: 60, 1: 1, 60: 60, 61: 60} {
		if got := userpool.PageSize(asked, 60); got != want {
			t.Errorf("PageSize(%d, 60) = %d, want %d", asked, got, want)
		}
	}
}

func TestCutPage(t *testing.T) {
	tests := []struct {
		rows, page []string
		next       string
	}{
		{nil, nil, ""},
		{[]string{"a"}, []string{"a"}, ""},
		{[]string{"a", "b"}, []string{"a", "b"}, ""},
		{[]string{"a", "b", "c"}, []string{"a", "b"}, "b"},
	}
	for _, test := range tests {
		page, next := userpool.CutPage(test.rows, 2, func(s string) string { return s })
		if !slices.Equal(page, test.page) || next != test.next {
			t.Errorf("CutPage(%v, 2) = %v, %q, want %v, %q", test.rows, page, next, test.page, test.next)
		}
	}
}
