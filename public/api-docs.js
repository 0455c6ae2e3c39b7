/* Shows the API's own document; everything comes from this server. */
const place = document.querySelector('#docs');
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  // It would send the document to a service elsewhere.
  validatorUrl: null,
});
