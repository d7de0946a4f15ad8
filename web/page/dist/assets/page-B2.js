const page = document.getElementById("page");
const config = await (await fetch("/config.json")).json();
page.textContent = `The page is not built yet. This deployment answers by ${config.model}.`;
