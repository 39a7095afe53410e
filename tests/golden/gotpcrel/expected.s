	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movq	v@GOTPCREL(%rip), %rax
	movl	(%rax), %eax
	ret
	.size	f, .-f
f.Lfe:
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	movq	w.kpatch_got(%rip), %rax
	movl	(%rax), %eax
	movq	v.kpatch_got(%rip), %rdx
	addl	(%rdx), %eax
	movq	fp.kpatch_got(%rip), %rdx
	movq	g.kpatch_got(%rip), %rcx
	cmpq	%rcx, (%rdx)
	sete	%dl
	movzbl	%dl, %edx
	addl	%edx, %eax
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
	.popsection
	.pushsection .kpatch.got,"R",@progbits
	.balign	8
w.kpatch_got:
	.quad	w.kpatch_ext
v.kpatch_got:
	.quad	v.kpatch_ext
fp.kpatch_got:
	.quad	fp.kpatch_ext
g.kpatch_got:
	.quad	g.kpatch_ext
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
	.weak	w.kpatch_ext
	.hidden	w.kpatch_ext
	.weak	v.kpatch_ext
	.hidden	v.kpatch_ext
	.weak	fp.kpatch_ext
	.hidden	fp.kpatch_ext
	.weak	g.kpatch_ext
	.hidden	g.kpatch_ext
#----- kpatch end -----
