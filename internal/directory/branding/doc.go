// Package branding holds how the sign-in pages of a pool are to look, and the
// documents that they are to link to: a [Style] of managed login, a [Customization]
// of the classic pages, and [Terms]. It checks them and keeps them. Drawing them is
// not offered yet; the logo of a Customization is served, since clients are given its
// address.
//
// What it is given is shown to people who sign in, so it is checked as what a stranger
// sends: a style sheet sets properties of named classes and reaches nothing outside,
// an image has the content that its name says, and an SVG has elements and attributes
// of a list and no script.
package branding
