/*
 * SPDX-License-Identifier: Apache-2.0
 * Making certificates. See tls.h.
 */
#include "tests/ecxsim/tls.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { CERT_GOOD, CERT_WRONG_CA, CERT_WRONG_HOST, CERT_EXPIRED, CERT_SOON };

struct entry { /* one per address and quality */
	char *key;
	SSL_CTX *ctx;
	X509 *cert;
	UT_hash_handle hh;
};

struct tls {
	char *ca_file, *wrong_file, *dir;
	EVP_PKEY *key; /* one for all servers: making keys is slow */
	EVP_PKEY *ca_key, *wrong_key;
	X509 *ca, *wrong_ca;
	struct entry *entries;
	long serial;
};

static EVP_PKEY *
make_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	EVP_PKEY *key = NULL;

	if (ctx == NULL || EVP_PKEY_keygen_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) <= 0 ||
	    EVP_PKEY_keygen(ctx, &key) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void
add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (ext == NULL)
		return;
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

/* issuer NULL: signs itself. from, to: seconds from now. */
static X509 *
make_cert(struct tls *tls, const char *name, EVP_PKEY *key, X509 *issuer,
    EVP_PKEY *issuer_key, const char *san, long from, long to)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ++tls->serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), from);
	X509_gmtime_adj(X509_getm_notAfter(cert), to);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(
	    subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(
	    cert, issuer == NULL ? subject : X509_get_subject_name(issuer));
	if (issuer == NULL) {
		issuer = cert;
		add_ext(cert, issuer, NID_basic_constraints, "critical,CA:TRUE");
		add_ext(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
		add_ext(cert, issuer, NID_subject_key_identifier, "hash");
	} else {
		add_ext(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
		add_ext(cert, issuer, NID_ext_key_usage, "serverAuth");
		add_ext(cert, issuer, NID_subject_key_identifier, "hash");
		add_ext(cert, issuer, NID_authority_key_identifier, "keyid");
	}
	if (san != NULL)
		add_ext(cert, issuer, NID_subject_alt_name, san);
	X509_sign(cert, issuer_key, EVP_sha256());
	return cert;
}

static int
write_pem(const char *path, X509 *cert, char **cause)
{
	FILE *f = fopen(path, "we");
	int ok;

	if (f == NULL)
		return cause_set(cause, "%s: %s", path, strerror(errno));
	ok = PEM_write_X509(f, cert);
	if (fclose(f) != 0 || !ok)
		return cause_set(cause, "%s: cannot write the certificate", path);
	return 0;
}

static int
quality(const struct server *srv)
{
	const char *w = srv->tls_name;

	if (w == NULL)
		return CERT_GOOD;
	return strcmp(w, "wrong-ca") == 0 ? CERT_WRONG_CA
	    : strcmp(w, "expired") == 0   ? CERT_EXPIRED
	    : strcmp(w, "soon") == 0      ? CERT_SOON
	                                  : CERT_WRONG_HOST;
}

static struct entry *
entry_find(const struct tls *tls, const struct server *srv)
{
	char *key = xasprintf("%s %d", srv->host, quality(srv));
	struct entry *e;

	HASH_FIND_STR(tls->entries, key, e);
	free(key);
	return e;
}

static struct entry *
entry_make(struct tls *tls, const struct server *srv)
{
	struct entry *e = xcalloc(1, sizeof(*e));
	int q = quality(srv);
	char *san = q == CERT_WRONG_HOST
	    ? xstrdup("IP:192.0.2.1")
	    : xasprintf("IP:%s, DNS:%s", srv->host, srv->name);

	e->key = xasprintf("%s %d", srv->host, q);
	e->cert = make_cert(tls, srv->name, tls->key,
	    q == CERT_WRONG_CA ? tls->wrong_ca : tls->ca,
	    q == CERT_WRONG_CA ? tls->wrong_key : tls->ca_key, san,
	    q == CERT_EXPIRED ? -7200 : -3600,
	    q == CERT_EXPIRED    ? -3600
	        : q == CERT_SOON ? 86400L * 2
	                         : 86400L * 30);
	free(san);
	e->ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(e->ctx, e->cert);
	SSL_CTX_use_PrivateKey(e->ctx, tls->key);
	HASH_ADD_KEYPTR(hh, tls->entries, e->key, strlen(e->key), e);
	return e;
}

static int
make_servers(struct tls *tls, struct sim *sim, char **cause)
{
	for (size_t i = 0; i < sim->n; i++) {
		struct cluster *c = sim->clusters[i];

		for (int k = 0; k < c->nsrv; k++) {
			struct entry *e;
			char *path;
			int err;

			if (!c->srv[k].https)
				continue;
			e = entry_find(tls, &c->srv[k]);
			if (e == NULL)
				e = entry_make(tls, &c->srv[k]);
			if (sim->n > 100 || strchr(c->name, '/') ||
			    strchr(c->srv[k].name, '/'))
				continue;
			path = xasprintf(
			    "%s/server-%s-%s.pem", tls->dir, c->name, c->srv[k].name);
			err = write_pem(path, e->cert, cause);
			free(path);
			if (err != 0)
				return -1;
		}
	}
	return 0;
}

struct tls *
tls_new(struct sim *sim, const char *dir, char **cause)
{
	struct tls *tls = xcalloc(1, sizeof(*tls));

	tls->dir = xstrdup(dir);
	tls->ca_file = xasprintf("%s/ca.pem", dir);
	tls->wrong_file = xasprintf("%s/wrong-ca.pem", dir);
	tls->key = make_key();
	tls->ca_key = make_key();
	tls->wrong_key = make_key();
	tls->ca = make_cert(
	    tls, "ecxsim CA", tls->ca_key, NULL, tls->ca_key, NULL, -7200, 86400L * 30);
	tls->wrong_ca = make_cert(tls, "another CA", tls->wrong_key, NULL,
	    tls->wrong_key, NULL, -7200, 86400L * 30);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		cause_set(cause, "%s: %s", dir, strerror(errno));
	else if (write_pem(tls->ca_file, tls->ca, cause) == 0 &&
	    write_pem(tls->wrong_file, tls->wrong_ca, cause) == 0 &&
	    make_servers(tls, sim, cause) == 0)
		return tls;
	tls_free(tls);
	return NULL;
}

void
tls_free(struct tls *tls)
{
	struct entry *e, *next;

	if (tls == NULL)
		return;
	HASH_ITER (hh, tls->entries, e, next) {
		HASH_DEL(tls->entries, e);
		SSL_CTX_free(e->ctx);
		X509_free(e->cert);
		free(e->key);
		free(e);
	}
	X509_free(tls->ca);
	X509_free(tls->wrong_ca);
	EVP_PKEY_free(tls->key);
	EVP_PKEY_free(tls->ca_key);
	EVP_PKEY_free(tls->wrong_key);
	free(tls->ca_file);
	free(tls->wrong_file);
	free(tls->dir);
	free(tls);
}

const char *
tls_ca_file(const struct tls *tls)
{
	return tls->ca_file;
}

const char *
tls_wrong_ca_file(const struct tls *tls)
{
	return tls->wrong_file;
}

char *
tls_pin(const struct tls *tls, const struct server *srv)
{
	struct entry *e = tls == NULL || !srv->https ? NULL : entry_find(tls, srv);
	unsigned char *der = NULL, hash[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
	unsigned int n;
	int len;

	if (e == NULL)
		return NULL;
	len = i2d_PUBKEY(tls->key, &der);
	EVP_Digest(der, (size_t)len, hash, &n, EVP_sha256(), NULL);
	OPENSSL_free(der);
	EVP_EncodeBlock(text, hash, (int)n);
	return xasprintf("sha256//%s", (const char *)text);
}

struct bufferevent *
tls_bufferevent(struct tls *tls, struct event_base *base, const struct server *srv)
{
	struct entry *e = entry_find(tls, srv);

	return bufferevent_openssl_socket_new(base, -1, SSL_new(e->ctx),
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}
