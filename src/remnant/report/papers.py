"""The papers that the methods come from, as the facts that a reference list is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A paper.

    Parameters
    ----------
    key : str
        What the methods cite it by: first author and year.
    authors : tuple of str
        `Family, Initials`; the last one `others` where there are more.
    title, journal : str
        In full.
    year : int
        Of the issue.
    volume, pages, doi : str
        What is known of them.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    journal: str
    year: int
    volume: str = ""
    pages: str = ""
    doi: str = ""

    def words(self) -> str:
        """Write it as an entry of a list."""
        names = [name.replace(",", "") for name in self.authors]
        who = f"{names[0]}, et al" if names[-1] == "others" else ", ".join(names)
        place = f";{self.volume}:{self.pages}" if self.volume and self.pages else f";{self.volume}"
        where = f"{self.journal} {self.year}{place if self.volume else ''}."
        return f"{who}. {self.title}. {where}" + (f" doi:{self.doi}" if self.doi else "")


def _paper(key: str, authors: str, title: str, place: str, doi: str = "") -> Paper:
    journal, year, volume, pages = place.split("|")
    return Paper(key, tuple(authors.split("; ")), title, journal, int(year), volume, pages, doi)


PAPERS = {
    paper.key: paper
    for paper in (
        _paper(
            "tehranchi2010",
            "Tehranchi, R; others",
            "Persistent malignant stem cells in del(5q) myelodysplasia in remission",
            "New England Journal of Medicine|2010|363|1025-1037",
            "10.1056/NEJMoa0912228",
        ),
        _paper(
            "cheson2006",
            "Cheson, BD; others",
            "Clinical application and proposal for modification of the International Working Group (IWG) "
            "response criteria in myelodysplasia",
            "Blood|2006|108|419-425",
            "10.1182/blood-2005-10-4149",
        ),
        _paper(
            "platzbecker2019",
            "Platzbecker, U; others",
            "Proposals for revised IWG 2018 hematological response criteria in patients with MDS included "
            "in clinical trials",
            "Blood|2019|133|1020-1030",
            "10.1182/blood-2018-06-857102",
        ),
        _paper(
            "zeidan2023",
            "Zeidan, AM; others",
            "Consensus proposal for revised International Working Group 2023 response criteria for "
            "higher-risk myelodysplastic syndromes",
            "Blood|2023|141|2047-2061",
        ),
        _paper(
            "khoury2022",
            "Khoury, JD; others",
            "The 5th edition of the World Health Organization Classification of Haematolymphoid Tumours: "
            "Myeloid and Histiocytic/Dendritic Neoplasms",
            "Leukemia|2022|36|1703-1719",
            "10.1038/s41375-022-01613-1",
        ),
        _paper(
            "arber2016",
            "Arber, DA; others",
            "The 2016 revision to the World Health Organization classification of myeloid neoplasms and "
            "acute leukemia",
            "Blood|2016|127|2391-2405",
            "10.1182/blood-2016-03-643544",
        ),
        _paper(
            "arber2022",
            "Arber, DA; others",
            "International Consensus Classification of Myeloid Neoplasms and Acute Leukemias: integrating "
            "morphologic, clinical, and genomic data",
            "Blood|2022|140|1200-1228",
            "10.1182/blood.2022015850",
        ),
        _paper(
            "greenberg2012",
            "Greenberg, PL; others",
            "Revised International Prognostic Scoring System for myelodysplastic syndromes",
            "Blood|2012|120|2454-2465",
            "10.1182/blood-2012-03-420489",
        ),
        _paper(
            "bernard2022",
            "Bernard, E; others",
            "Molecular International Prognostic Scoring System for Myelodysplastic Syndromes",
            "NEJM Evidence|2022|1|EVIDoa2200008",
            "10.1056/EVIDoa2200008",
        ),
        _paper(
            "schanz2012",
            "Schanz, J; others",
            "New comprehensive cytogenetic scoring system for primary myelodysplastic syndromes (MDS) and "
            "oligoblastic acute myeloid leukemia after MDS derived from an international database merge",
            "Journal of Clinical Oncology|2012|30|820-829",
        ),
        _paper(
            "breems2008",
            "Breems, DA; others",
            "Monosomal karyotype in acute myeloid leukemia: a better indicator of poor prognosis than a "
            "complex karyotype",
            "Journal of Clinical Oncology|2008|26|4791-4797",
        ),
        _paper(
            "boultwood2010",
            "Boultwood, J; others",
            "Advances in the 5q- syndrome",
            "Blood|2010|116|5803-5811",
        ),
        _paper(
            "clopper1934",
            "Clopper, CJ; Pearson, ES",
            "The use of confidence or fiducial limits illustrated in the case of the binomial",
            "Biometrika|1934|26|404-413",
            "10.1093/biomet/26.4.404",
        ),
        _paper(
            "rogan1978",
            "Rogan, WJ; Gladen, B",
            "Estimating prevalence from the results of a screening test",
            "American Journal of Epidemiology|1978|107|71-76",
            "10.1093/oxfordjournals.aje.a112510",
        ),
        _paper(
            "hu2009",
            "Hu, Y; Smyth, GK",
            "ELDA: extreme limiting dilution analysis for comparing depleted and enriched populations in "
            "stem cell and other assays",
            "Journal of Immunological Methods|2009|347|70-78",
            "10.1016/j.jim.2009.06.008",
        ),
        _paper(
            "moore2012",
            "Moore, WA; Parks, DR",
            "Update for the logicle data scale including operational code implementations",
            "Cytometry Part A|2012|81A|273-277",
            "10.1002/cyto.a.22030",
        ),
        _paper(
            "dean1974",
            "Dean, PN; Jett, JH",
            "Mathematical analysis of DNA distributions derived from flow microfluorometry",
            "Journal of Cell Biology|1974|60|523-527",
            "10.1083/jcb.60.2.523",
        ),
        _paper(
            "cousins1992",
            "Cousins, RD; Highland, VL",
            "Incorporating systematic uncertainties into an upper limit",
            "Nuclear Instruments and Methods in Physics Research A|1992|320|331-335",
            "10.1016/0168-9002(92)90794-5",
        ),
        _paper(
            "zou2008",
            "Zou, GY; Donner, A",
            "Construction of confidence limits about effect measures: a general approach",
            "Statistics in Medicine|2008|27|1693-1702",
            "10.1002/sim.3095",
        ),
        _paper(
            "heuser2021",
            "Heuser, M; others",
            "2021 update on MRD in acute myeloid leukemia: a consensus document from the European "
            "LeukemiaNet MRD Working Party",
            "Blood|2021|138|2753-2767",
            "10.1182/blood.2021013626",
        ),
        _paper(
            "kaplan1958",
            "Kaplan, EL; Meier, P",
            "Nonparametric estimation from incomplete observations",
            "Journal of the American Statistical Association|1958|53|457-481",
            "10.1080/01621459.1958.10501452",
        ),
        _paper(
            "turnbull1976",
            "Turnbull, BW",
            "The empirical distribution function with arbitrarily grouped, censored and truncated data",
            "Journal of the Royal Statistical Society B|1976|38|290-295",
            "10.1111/j.2517-6161.1976.tb01597.x",
        ),
        _paper(
            "demets1994",
            "DeMets, DL; Lan, KKG",
            "Interim analysis: the alpha spending function approach",
            "Statistics in Medicine|1994|13|1341-1352",
            "10.1002/sim.4780131308",
        ),
        _paper(
            "neal2003",
            "Neal, RM",
            "Slice sampling",
            "Annals of Statistics|2003|31|705-767",
            "10.1214/aos/1056562461",
        ),
        _paper(
            "vehtari2021",
            "Vehtari, A; Gelman, A; Simpson, D; Carpenter, B; Bürkner, PC",
            "Rank-normalization, folding, and localization: an improved R-hat for assessing convergence of "
            "MCMC",
            "Bayesian Analysis|2021|16|667-718",
            "10.1214/20-BA1221",
        ),
        _paper(
            "hoffman2014",
            "Hoffman, MD; Gelman, A",
            "The No-U-Turn sampler: adaptively setting path lengths in Hamiltonian Monte Carlo",
            "Journal of Machine Learning Research|2014|15|1593-1623",
        ),
        _paper(
            "vehtari2024",
            "Vehtari, A; Simpson, D; Gelman, A; Yao, Y; Gabry, J",
            "Pareto smoothed importance sampling",
            "Journal of Machine Learning Research|2024|25|1-58",
        ),
        _paper(
            "yao2018",
            "Yao, Y; Vehtari, A; Simpson, D; Gelman, A",
            "Using stacking to average Bayesian predictive distributions",
            "Bayesian Analysis|2018|13|917-1007",
            "10.1214/17-BA1091",
        ),
        _paper(
            "talts2018",
            "Talts, S; Betancourt, M; Simpson, D; Vehtari, A; Gelman, A",
            "Validating Bayesian inference algorithms with simulation-based calibration",
            "arXiv:1804.06788|2018||",
        ),
    )
}
