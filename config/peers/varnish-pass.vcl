# Varnish passing everything through: nothing is looked up, nothing is kept.
vcl 4.1;

backend origin {
  .host = "${ORIGIN_HOST}";
  .port = "${ORIGIN_PORT}";
}

sub vcl_recv {
  return (pass);
}
