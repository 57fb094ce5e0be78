package userpool

// MaxPage is the largest page of any list of the directory.
const MaxPage = 60

// PageSize returns the size of a page for which a caller asked: at most most.
// 0 asks for the largest page.
func PageSize(asked, most int) int {
	if asked <= 0 {
		return most
	}
	return min(asked, most)
}

// CutPage cuts rows to one page of a list. rows must have been read with one
// row more than size. next is the key of the page's last row, after which the
// next page starts; it is "" on the last page.
func CutPage[T any, K ~string](rows []T, size int, key func(T) K) (page []T, next K) {
	if len(rows) <= size {
		return rows, ""
	}
	return rows[:size], key(rows[size-1])
}
