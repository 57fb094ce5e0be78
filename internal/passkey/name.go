package passkey

import "encoding/hex"

// makers has what people call some kinds of authenticators, by AAGUID.
var makers = map[string]string{
	"fbfc3007154e4ecc8c0b6e020557d7bd": "iCloud Keychain",
	"dd4ec289e01d41c9bb8970fa845d4bf2": "iCloud Keychain (managed)",
	"ea9b8d664d011d213ce4b6b48cb575d4": "Google Password Manager",
	"adce000235bcc60a648b0b25f1f05503": "Chrome on Mac",
	"08987058cadc4b81b6e130de50dcbe96": "Windows Hello",
	"9ddd1817af5a4672a2b93e3dd95000a9": "Windows Hello",
	"6028b017b1d44c02b4b3afcdafc96bb2": "Windows Hello",
	"bada5566a7aa401fbd9645619a55120d": "1Password",
	"d548826e79b4db40a3d811116f7e8349": "Bitwarden",
	"531126d6e717415c93203d9aa6981239": "Dashlane",
}

// Name returns what a person recognises the passkey by, as far as its kind is
// known.
func (k Key) Name() string {
	if name := makers[hex.EncodeToString(k.AAGUID)]; name != "" {
		return name
	}
	if k.Attachment == "cross-platform" {
		return "Security key"
	}
	return "Passkey"
}
