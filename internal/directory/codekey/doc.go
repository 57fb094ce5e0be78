// Package codekey has the keys under which custom senders get codes: a message of
// the AWS Encryption SDK, as Cognito makes it, and the one call with which the
// receiver's SDK opens it.
//
//	Encrypt   code ──► message: suite 04 78, its data key wrapped for provider "aws-kms"
//	                      │
//	                      └─ the SDK reads the message and asks KMS for the data key
//	Decrypt   wrapped data key ──► data key
//
// A key is known by the ARN of a KMS key and needs no row: the data key is sealed
// under the master keys, in a context that has the ARN and the encryption context.
// Whoever may ask for Decrypt is the edge's to decide.
package codekey
