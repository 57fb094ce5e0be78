package page

// Sample is one page in one state, for the gallery and for golden files. Each
// package with pages exports
//
//	func Gallery() []page.Sample
//
// and is named in the gallery command's list.
type Sample struct {
	Name   string // "signin-wrong-password": names the golden file and the address
	Status int    // 0: 200
	Doc    Doc
}
